"""What is small as it comes and great when it is unpacked or read."""

import zlib

import brotli
from backports import zstd

MEBIBYTE = 1024 * 1024
BOMB = 700 * MEBIBYTE


def deflated(times=100):
    """Return raw deflate of `times` × 7 MiB of blanks: a chunk that ends in a full flush may be repeated."""
    packer = zlib.compressobj(9, wbits=-15)
    chunk = packer.compress(b" " * (7 * MEBIBYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return chunk * times + zlib.compressobj(wbits=-15).flush()


def gzipped():
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + deflated() + bytes(8)


def brotlied():
    packer, blanks = brotli.Compressor(quality=1), b" " * MEBIBYTE
    return b"".join(packer.process(blanks) for _ in range(BOMB // MEBIBYTE)) + packer.finish()


def zstandard(window=0):
    options = {zstd.CompressionParameter.compression_level: 1}
    if window:
        options |= {zstd.CompressionParameter.window_log: window, zstd.CompressionParameter.checksum_flag: 0}
    packer, blanks = zstd.ZstdCompressor(options=options), b" " * MEBIBYTE
    return b"".join(packer.compress(blanks) for _ in range(BOMB // MEBIBYTE)) + packer.flush()


def laughs(inside):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "{"ha" * 100}">{entities}]>{inside}'.encode()


def quadratic(inside):
    text = inside.replace("&l9;", "&l0;" * 50_000)
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "{"ha" * 50_000}">]>{text}'.encode()


def feed(inside):
    entry = "<item><title>{}</title><description>{}</description><guid>p{}</guid></item>"
    items = "".join(entry.format(inside, inside, number) for number in range(3))
    return f'<rss version="2.0"><channel>{items}</channel></rss>'

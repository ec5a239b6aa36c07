import pytest

from warehouse import subject_keys, vault


def test_what_was_encrypted_reads_the_same_in_its_place_only(server):
    sealed = vault.encrypt("李雷@example.cn".encode(), "customers.email.C1")
    assert vault.decrypt(sealed, "customers.email.C1").decode() == "李雷@example.cn"
    assert "李雷".encode() not in sealed
    with pytest.raises(vault.VaultError, match="customers.email.C2"):
        vault.decrypt(sealed, "customers.email.C2")


def test_spellings_of_one_address_share_a_blind_index(server):
    assert vault.index("email", " Li.Lei@Example.CN ") == vault.index("email", "li.lei@example.cn")
    assert vault.index("phone", "+86 138-0013-8000") == vault.index("phone", "+8613800138000")
    assert vault.index("email", "a@b.cn") != vault.index("handle", "a@b.cn")


def test_the_key_is_private_and_made_once(server):
    before = vault.key_file().read_bytes()
    vault.create_key()
    assert vault.key_file().read_bytes() == before
    assert vault.key_file().stat().st_mode & 0o777 == 0o600


def test_keys_are_found_again_after_the_server_ended_the_connection(warehouse):
    person = subject_keys.subject("toy", "customer", "c1")
    before = subject_keys.ciphers([person])[person].encrypt(bytes(12), b"x", None)
    [ours] = subject_keys.connection().execute("select pg_backend_pid()").fetchone()
    assert warehouse.execute("select pg_terminate_backend(%s, 5000)", [ours]).fetchone()[0]
    assert subject_keys.existing([person])[person].encrypt(bytes(12), b"x", None) == before

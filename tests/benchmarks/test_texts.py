"""All reviews through segmentation, tags and keywords, beside the bare segmenter with tags (rjieba) on one core."""

import time

import pytest
import rjieba

from ml.text.keywords import keywords
from ml.text.near_duplicates import near_duplicates
from ml.text.segment import plain, segment
from tests.ml.text.real_texts import REAL, reviews

pytestmark = [*REAL, pytest.mark.bench, pytest.mark.timeout(600)]
# How much more the whole may cost than its segmenter alone: it normalises, tags, counts and ranks.
MOST = 20


def seconds(act):
    began = time.process_time()  # of this process on all cores, whoever else uses the machine
    act()
    return time.process_time() - began


def test_keywords_of_all_reviews_beside_the_bare_segmenter():
    texts = [review for _, review in reviews()]
    plain(), rjieba.tag("预热")
    bare = seconds(lambda: [rjieba.tag(text) for text in texts])
    ours = seconds(lambda: [segment(text) for text in texts])
    whole = seconds(lambda: list(keywords([[(text, 1)] for text in texts])))
    copies = seconds(lambda: near_duplicates(texts))
    print(
        f"\n{len(texts):,} reviews, on one core"
        f"\n  rjieba.tag alone                   {bare:6.1f} s"
        f"\n  normalised, segmented, tagged      {ours:6.1f} s   ratio {ours / bare:.1f}"
        f"\n  and their keywords                 {whole:6.1f} s   ratio {whole / bare:.1f}"
        f"\n  near-duplicates                    {copies:6.1f} s   ratio {copies / bare:.1f}"
    )
    assert whole / bare <= MOST

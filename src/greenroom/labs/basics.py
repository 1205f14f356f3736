"""The lab *basics*: three things that everything else stands on, on the live model. Tokens (``pieces.py``), vectors (``likeness.py``), and
the next piece by counting and by a network (``counting.py``)."""

from __future__ import annotations

from collections.abc import Iterator

from greenroom.labs import counting, likeness, pieces
from greenroom.labs.lab import Bench, Card, Example, Expect, Finding, Part, Progress, Source, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, text, whole

TEXT = "The cat sat. Antidisestablishmentarianism is a word of 28 letters; 2026 is a number, HELLO is loud, and naïve has an ï."
TOKENS, VECTORS, COUNTING = "tokens", "vectors", "counting"

CARD = Card(
    name="basics",
    title="Tokens, vectors, and counting against a network",
    topics=("architecture", "what-is-an-llm", "training"),
    about="The basics of language processing on the live model. How a text is cut into tokens, by a list of merges and by nothing else. "
    "The vector that each token has in the table at the entrance, what lies near it, and how the layers move a word by its sentence. And "
    "the next piece foretold by counting and by the model, on the same held-out text. The counts come from 81,000 characters of the same "
    "kind of text, some 18,000 tokens; SmolLM2-135M was trained on 2 trillion, of all kinds. So it is no contest of two methods alone, "
    "and the lab says what more text does for the counts. Runs that were not seen are filled in by a simple rule (Witten and Bell's); "
    "others are known to do better (Chen and Goodman).",
    parameters=(
        choice("part", "Part", {"all": "all three", TOKENS: "tokens", VECTORS: "vectors", COUNTING: "counting against the model"}),
        text("text", "Your text", TEXT, 1000, "Its first 60 words with their tokens; the claims are measured on shipped words.", lines=3),
        text("words", "Words to look up", "king Monday good bank seven red", 200, "The first eight; the nearest rows of each are shown."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the pairs of tokens, the turns of the space and the texts."),
    ),
    expects=(
        Expect(
            id="pieces",
            see="Frequent words are one token each. Let two letters change places and nobody writes the word any more: it is spelt from "
            "several pieces, and still nothing is unknown: it comes back as it was.",
            falsified_by="Below nine in ten of the 100 most frequent words are one token, the swapped ones take below 1.5 on average, or a "
            "word does not come back.",
            settles=("architecture/vocabulary-of-words", "architecture/tokenizer", "byte-pair-tokens/bytes"),
            set={"part": TOKENS},
        ),
        Expect(
            id="replay",
            see="The list of merges, replayed in a few lines of plain code, gives the tokens of the model's own tokenizer, word for word. "
            "Nothing in it but frequency: what was merged early stands in frequent words.",
            falsified_by="A word comes out otherwise, or the tokens of rare words were made no later.",
            settles=("byte-pair-tokens/replay", "byte-pair-tokens/merges"),
            set={"part": TOKENS},
        ),
        Expect(
            id="grammar",
            see="The pieces are not stems and endings: of forms of less frequent verbs (-ing, -ed, -er) that are cut at all, most are cut "
            "elsewhere.",
            falsified_by="More than half of them are cut before the ending.",
            settles=("byte-pair-tokens/linguistic-units",),
            set={"part": TOKENS},
        ),
        Expect(
            id="numbers",
            see="The model gets numbers and no letters: the same word after a blank, without one, with a capital and in capitals is four "
            "different lists of numbers, and small and in capitals they have none in common.",
            falsified_by="For more than one frequent word in ten two of the lists are the same, or share a number.",
            settles=("byte-pair-tokens/boundaries", "byte-pair-tokens/sees-the-letters", "byte-pair-tokens/spelling"),
            set={"part": TOKENS},
        ),
        Expect(
            id="families",
            see="Nobody told the model what belongs together, and the table knows: of a hundred words of ten families, nine in ten or more "
            "have one of their own family as the nearest.",
            falsified_by="Below nine in ten have; by chance it would be one in ten.",
            settles=("embeddings-and-similarity/vector", "architecture/embeddings"),
            set={"part": VECTORS},
        ),
        Expect(
            id="opposites",
            see="Near is not the same: opposites lie as near to each other as words of like meaning, far nearer than any two of the "
            "words.",
            falsified_by="Opposites are less than 0.2 above any two of these words, or more than 0.1 below words of like meaning.",
            settles=("embeddings-and-similarity/likeness-not-truth",),
            set={"part": VECTORS},
        ),
        Expect(
            id="turned",
            see="No single number of a vector is the name of a family. For each family, the number that tells it best from the rest is "
            "chosen on half of the words and tried on the others: it does about as well as one chosen in the same way after the whole "
            "space was turned by chance, where every number is a mixture of all, and worse than the cosine, which takes all numbers.",
            falsified_by="As it stands the best number is ahead of that after a turn by 0.05 or more (of the share of pairs, one of the "
            "family and one of the rest, that it puts in the right order; 0.5 is chance), or less than 0.03 behind the cosine.",
            settles=("embeddings-and-similarity/named-dimensions",),
            set={"part": VECTORS},
        ),
        Expect(
            id="level",
            see="A cosine is no percentage: what is usual for things that have nothing to do with each other differs within one model, "
            "from common words to all tokens and from the table to the last layer.",
            falsified_by="The three levels lie within 0.2.",
            settles=("embeddings-and-similarity/no-fixed-threshold", "embeddings-and-similarity/cosine-is-percent"),
            set={"part": VECTORS},
        ),
        Expect(
            id="senses",
            see="In the table a word has one row, whatever it means. The layers move it by its sentence: after some of them, uses in the "
            "same sense are nearer to each other than to the other sense.",
            falsified_by="At no layer do three quarters of the uses have one of the same sense nearest, or the table tells them apart.",
            settles=("embeddings-and-similarity/context-moves-it", "embeddings-and-similarity/token-row"),
            set={"part": VECTORS},
        ),
        Expect(
            id="better",
            see="The model expects the held-out text better than any of the counts, though they read text of just this kind.",
            falsified_by="It is not at least 0.2 bits a character better than the best of the counts.",
            set={"part": COUNTING},
        ),
        Expect(
            id="unseen",
            see="Counting fails by not having seen: of the runs of three tokens fewer than a quarter stood in the counted text, of those "
            "of four fewer than a tenth, so longer beginnings do not help it.",
            falsified_by="A quarter of the runs of three had been seen, or a tenth of those of four, or the longest runs foretell best.",
            set={"part": COUNTING},
        ),
        Expect(
            id="more",
            see="Said fairly: the counts are short of text. Each doubling of it makes them better, the last one too.",
            falsified_by="A doubling does not help, or the last one by less than 0.03 bits a character.",
            set={"part": COUNTING},
        ),
        Expect(
            id="ruler",
            see="Perplexities a piece do not compare: that of counting letters is lower than the model's, because a letter is easier to "
            "guess than a token. On characters it is the other way round.",
            falsified_by="Both rulers put the same one first.",
            settles=("byte-pair-tokens/perplexity-compares", "tokens-and-loss/same-ruler"),
            set={"part": COUNTING},
        ),
    ),
    examples=(
        Example(title="How words are cut", set={"part": TOKENS}),
        Example(title="Code and digits", set={"part": TOKENS, "text": "for i in range(1024):\n    total += 3.14159 * i"}),
        Example(title="What lies near", set={"part": VECTORS, "words": "Paris doctor seven true run Python"}),
        Example(title="Counting against the model", set={"part": COUNTING}),
    ),
    sources=(
        Source(title="Sennrich et al. 2016, Neural Machine Translation of Rare Words with Subword Units", url="https://arxiv.org/abs/1508.07909"),
        Source(title="Mikolov et al. 2013, Efficient Estimation of Word Representations in Vector Space", url="https://arxiv.org/abs/1301.3781"),
        Source(title="Ethayarajh 2019, How Contextual are Contextualized Word Representations?", url="https://arxiv.org/abs/1909.00512"),
        Source(title="Chen and Goodman 1996, An Empirical Study of Smoothing Techniques", url="https://arxiv.org/abs/cmp-lg/9606011"),
        Source(title="Allal et al. 2025, SmolLM2", url="https://arxiv.org/abs/2502.02737"),
    ),
    seconds=300,
    megabytes=3000,
)  # fmt: skip


class Basics:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        wanted, answered = values.text("part"), set[str]()
        for name, run in ((TOKENS, _tokens), (VECTORS, _vectors), (COUNTING, _counting)):
            if wanted in ("all", name):
                for part in run(values, model):
                    answered |= {part.id} if isinstance(part, Finding) else set()
                    yield part
        for each in CARD.expects:
            if each.id not in answered:
                yield Finding(id=each.id, held=None, found="It belongs to another part: choose it, or all three.")


def _tokens(values: Values, model: Model) -> Iterator[Part]:
    yield Progress(says="Cutting words", share=0.1)
    seen = pieces.see(model)
    yield from pieces.parts(model, values.text("text"), seen)
    yield from pieces.findings(seen)


def _vectors(values: Values, model: Model) -> Iterator[Part]:
    for each in likeness.see(model, values.whole("seed")):
        if isinstance(each, Progress):
            yield each
        else:
            yield from likeness.parts(model, values.text("words"), each)
            yield from likeness.findings(each)


def _counting(values: Values, model: Model) -> Iterator[Part]:
    for each in counting.see(model, values.whole("seed")):
        if isinstance(each, Progress):
            yield each
        else:
            yield from counting.parts(each)
            yield from counting.findings(each)

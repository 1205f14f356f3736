"""The claims of the question on base, chat and reasoning models, computed in small.

The model: what follows a question about a subject. Logits are the sum of a row for the subject and, if a marker stands before the
reply, a row for the marker. In plain text a question about a subject is mostly followed by another question, sometimes by its fact.
"""

from itertools import pairwise

import numpy as np
import pytest
from jinja2 import Environment

SUBJECTS = 20
QUESTION = SUBJECTS  # token ids: the facts 0 … 19, then "another question"
NONE, ASSISTANT, UNKNOWN = None, 0, 1  # plain text has no marker
SHOWN = range(10)  # the subjects that the dialogues of the tuning are about


def probabilities(weights, subject, marker):
    logits = weights["subject"][subject] + (0 if marker is None else weights["marker"][marker])
    e = np.exp(logits - logits.max())
    return e / e.sum()


def descend(weights, examples, steps, rate):
    """Gradient descent on the cross-entropy. An example: (subject, marker, the distribution of what follows)."""
    weights = {name: table.copy() for name, table in weights.items()}
    for _ in range(steps):
        grads = [(subject, marker, probabilities(weights, subject, marker) - target) for subject, marker, target in examples]
        for subject, marker, grad in grads:
            weights["subject"][subject] -= rate * grad
            if marker is not None:
                weights["marker"][marker] -= rate * grad
    return weights


@pytest.fixture(scope="module")
def models():
    rng = np.random.default_rng(0)
    start = {"subject": rng.normal(scale=0.01, size=(SUBJECTS, SUBJECTS + 1)), "marker": np.zeros((2, SUBJECTS + 1))}
    eye = np.eye(SUBJECTS + 1)
    base = descend(start, [(s, NONE, 0.7 * eye[QUESTION] + 0.3 * eye[s]) for s in range(SUBJECTS)], steps=300, rate=0.5)
    chat = descend(base, [(s, ASSISTANT, eye[s]) for s in SHOWN], steps=200, rate=0.2)
    return base, chat


def test_tuning_shapes_behaviour_and_keeps_what_pretraining_taught(models):
    base, chat = models
    for subject in range(SUBJECTS):
        assert probabilities(base, subject, ASSISTANT).argmax() == QUESTION  # continues like a quiz
        assert probabilities(chat, subject, ASSISTANT).argmax() == subject  # answers, also about the ten subjects no dialogue was about
    assert {name: table.shape for name, table in base.items()} == {name: table.shape for name, table in chat.items()}
    # Without pretraining the same dialogues teach nothing about the other ten subjects.
    blank = {name: np.zeros_like(table) for name, table in base.items()}
    only_dialogues = descend(blank, [(s, ASSISTANT, np.eye(SUBJECTS + 1)[s]) for s in SHOWN], steps=200, rate=0.2)
    assert all(probabilities(only_dialogues, s, ASSISTANT).argmax() != s for s in range(10, SUBJECTS))


def test_an_unknown_marker_brings_the_base_model_back(models):
    _, chat = models
    for subject in range(10, SUBJECTS):
        assert probabilities(chat, subject, UNKNOWN).argmax() == QUESTION
        assert probabilities(chat, subject, UNKNOWN)[subject] < probabilities(chat, subject, ASSISTANT)[subject]


TEMPLATE = Environment(keep_trailing_newline=True).from_string(  # the format known as ChatML
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


def test_a_conversation_is_one_text_that_is_sent_again():
    messages = [{"role": "system", "content": "Answer in one sentence."}]
    requests = []
    for asked, answered in (("What is a token?", "A piece of text."), ("And a vocabulary?", "The list of them."), ("Thanks.", "Gladly.")):
        messages.append({"role": "user", "content": asked})
        requests.append(TEMPLATE.render(messages=messages))
        messages.append({"role": "assistant", "content": answered})
    for text in requests:
        assert isinstance(text, str)  # one text, whatever the number of messages
        assert text.count("Answer in one sentence.") == 1  # the system prompt is part of it, in each request
        assert text.endswith("<|im_start|>assistant\n")  # what is left to write is the assistant's turn
    for earlier, later in pairwise(requests):
        assert later.startswith(earlier)
    lengths = [len(text.split()) for text in requests]
    assert sum(lengths) > 1.5 * lengths[-1]  # the history is read again at each request


def test_a_minute_of_thought():
    answer, thought, a_second = 200, 3_000, 50
    assert answer / a_second == 4
    assert (thought + answer) / a_second == 64
    assert (thought + answer) / answer == 16

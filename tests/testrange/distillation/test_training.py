from __future__ import annotations

import torch

from testrange.distillation.alphabet import ALPHABET, NUMBER, decode
from testrange.distillation.completion import completions
from testrange.distillation.network import Networks, Shape
from testrange.distillation.tasks import correct, draw_tasks
from testrange.distillation.training import Budget, Examples, examples, losses, trained

SHAPE = Shape(width=32, depth=2, heads=4)


def _lessons(seed: int, count: int) -> Examples:
    tasks = draw_tasks(seed, count)
    return examples([t.prompt for t in tasks], [t.completion for t in tasks])


def test_loss_is_taken_where_the_model_writes() -> None:
    for task in draw_tasks(3, 90, marked=0.2):
        lesson = examples([task.prompt], [task.completion])
        written = "".join(ALPHABET[t] for t in lesson.tokens[0][lesson.written[0]])
        told = "".join(step.action[2:4] for step in task.steps if step.action and not task.marked)
        expected = task.completion
        for reply in [step.action[2:4] for step in task.steps if step.action]:
            expected = expected.replace(reply, "", 1) if not task.marked else expected
        assert written == expected, (task, told)
        assert decode(lesson.tokens[0]) == task.prompt + task.completion
        assert lesson.tokens[0][0] != NUMBER[ALPHABET[0]]


def test_the_loss_of_one_model_is_the_mean_over_what_it_writes() -> None:
    lesson, networks = _lessons(4, 6), Networks(SHAPE, [3])
    tokens, written = torch.from_numpy(lesson.tokens).unsqueeze(0), torch.from_numpy(lesson.written).unsqueeze(0)
    shares = networks(tokens[:, :, :-1]).log_softmax(-1)[0]
    each = [
        -shares[row, place - 1, lesson.tokens[row, place]] for row, place in zip(*lesson.written.nonzero(), strict=True)
    ]
    torch.testing.assert_close(losses(networks, tokens, written)[0], torch.stack(each).mean())


def test_side_by_side_and_alone_are_trained_alike_however_long_each_takes() -> None:
    budget = Budget(steps=30, batch=8, passes=2.0, least=5)
    short, long = _lessons(5, 40), _lessons(6, 400)
    assert budget.steps_for(40) < budget.steps_for(400)
    both = trained(SHAPE, [1, 2], [short, long], budget)
    for number, (seed, lesson) in enumerate([(1, short), (2, long)]):
        alone = trained(SHAPE, [seed], [lesson], budget)
        for together, single in zip(both.parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(together[number], single[0], atol=2e-4, rtol=2e-3)


def test_same_seed_same_weights() -> None:
    budget, lesson = Budget(steps=5, batch=8), _lessons(7, 40)
    first, second = (trained(SHAPE, [1], [lesson], budget) for _ in range(2))
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_handful_of_tasks_is_learned_by_heart() -> None:
    tasks = draw_tasks(8, 12)
    lesson = examples([t.prompt for t in tasks], [t.completion for t in tasks])
    model = trained(SHAPE, [1], [lesson], Budget(steps=120, batch=12, passes=200.0))
    assert sum(correct(t, c) for t, c in zip(tasks, completions(model, tasks)[0], strict=True)) >= 10

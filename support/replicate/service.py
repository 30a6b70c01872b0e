"""What the service knows and does, whoever asks: models, files, predictions, time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from support.replicate import intake
from support.replicate.catalog import MODELS
from support.replicate.course import Course
from support.replicate.files import Files
from support.replicate.predictions import Prediction, Submission
from support.replicate.refusals import Refusal, not_found
from support.replicate.troubles import Mishap, Trouble
from support.simulated.scripted import Scripted

if TYPE_CHECKING:
    from support.replicate.models import Form, Model


class Service(Scripted[Mishap, Trouble]):
    """The service. Attributes may be set between requests.

    `course` and `files` say how predictions proceed and how long uploads are kept. `skew`
    seconds its clock is ahead. `credit` in dollars: once as much is booked, 402. `form` of
    outputs, where it is not that of the model. Listed predictions lack `listing_leaves_out`, a
    page has `page_size` of them. `echoes_defaults`: the input that is shown has the model's
    defaults filled in. `lost_files` says when an input is refused that names a file that is gone:
    at once, or by a prediction that fails. `ranges`: outputs are given in parts;
    `delivery_refuses_keys`: not to those who show a key. Scripts of `songs` go by words of an
    input; their steps are `create`, `get`, `cancel`, `download`, `prediction`.
    """

    url: str
    delivery_url: str

    def __init__(self) -> None:
        super().__init__()
        self.account: dict[str, Any] = {
            "type": "user", "username": "songwriter", "name": "A Songwriter", "github_url": None
        }  # fmt: skip
        self.models: dict[str, list[Model]] = {model.name: [model] for model in MODELS}
        """By name, the versions of a model, the latest first."""
        self.course = Course()
        self.files = Files()
        self.skew = 0.0
        self.credit: float | None = None
        self.form: Form | None = None
        self.listing_leaves_out = frozenset({"input", "output", "logs", "metrics"})
        self.page_size = 100
        self.echoes_defaults = False
        self.lost_files: Literal["create", "run"] = "create"
        self.ranges = True
        self.delivery_refuses_keys = True
        self.predictions: list[Prediction] = []
        """Every prediction that was accepted, and those that were planted."""
        self._later = 0.0

    def now(self) -> float:
        """Return the service's time, in seconds."""
        return time.time() + self._later + self.skew

    def model(self, name: str) -> list[Model]:
        """Return the versions of a model. Raises Refusal."""
        with self.changed:
            if name not in self.models:
                raise not_found("model")
            return list(self.models[name])

    def create(self, submission: Submission, sent: Any, named: str | None) -> Prediction:
        """Take a prediction; `named` is the model in the path. Raises Refusal."""
        with self.changed:
            if named is not None:
                intake.official_model(self.models, named)
            intake.check_body(sent, takes_version=named is None)
            after = submission.headers.get("cancel-after")
            deadline = None if after is None else intake.deadline(after)
            if self.credit is not None and self.course.books.usd >= self.credit:
                raise Refusal(402, "Insufficient credit", "The account has too little credit")
            prediction = self.make(named or sent["version"], sent["input"])
            prediction.trouble = self.next_trouble("prediction", intake.words(sent["input"]))
            prediction.submission, prediction.deadline = submission, deadline
            submission.prediction_id = prediction.id
            self.predictions.append(prediction)
            self.course.advance(prediction, self.now())
            self.changed.notify_all()
            return prediction

    def make(self, version: str, given: dict[str, Any]) -> Prediction:
        """Return a new prediction that is in no list yet. Raises Refusal."""
        model = intake.model_of_version(self.models, version)
        now = self.now()
        made_with = intake.read_input(model, given, self.files, now, self.url, self.lost_files)
        return Prediction(model, given, made_with, created=now)

    def known(self, prediction_id: str) -> Prediction | None:
        """Return a prediction by its name, None if there is none."""
        with self.changed:
            found = (p for p in self.predictions if p.id == prediction_id)
            prediction = next(found, None)
            trouble = None if prediction is None else prediction.trouble
            return None if trouble is not None and trouble.vanishes else prediction

    def look(self, prediction_id: str) -> Prediction:
        """Return a prediction, which proceeds by being looked at. Raises Refusal."""
        with self.changed:
            prediction = self._found(prediction_id)
            prediction.polls += 1
            self.course.advance(prediction, self.now())
            self.changed.notify_all()
            return prediction

    def cancel(self, prediction_id: str) -> Prediction:
        """Cancel a prediction, if it has not ended. Raises Refusal."""
        with self.changed:
            prediction = self._found(prediction_id)
            prediction.cancels += 1
            self.course.cancel(prediction, self.now())
            self.changed.notify_all()
            return prediction

    def _found(self, prediction_id: str) -> Prediction:
        prediction = self.known(prediction_id)
        if prediction is None:
            raise not_found("prediction")
        return prediction

    def wait_for_end(self, prediction: Prediction, seconds: float) -> bool:
        """Let a prediction end, within so many seconds if it is held; return whether it has."""

        def has_ended() -> bool:
            prediction.polls += 1
            self.course.advance(prediction, self.now())
            return prediction.is_over or self.closing.is_set()

        with self.changed:
            prediction.polls = max(prediction.polls, self.course.polls_to_finish)
            return self.changed.wait_for(has_ended, seconds)

    def listed(self) -> list[Prediction]:
        """Return the predictions that are listed, in the order in which they were made."""
        listed = []
        for prediction in self.predictions:
            prediction.listings += 1
            trouble = prediction.trouble
            hidden = trouble is not None and (
                trouble.vanishes or prediction.listings <= trouble.unlisted
            )
            if not hidden:
                listed.append(prediction)
        return listed

    def described(self, prediction: Prediction) -> dict[str, Any]:
        """Return a prediction as the API shows it now."""
        self.course.expire(prediction, self.now())
        described = prediction.described(self.url, self.delivery_url, self.form)
        if self.echoes_defaults and not prediction.removed:
            described["input"] = prediction.made_with.values | prediction.input
        return described

    def at_path(self, path: str) -> Prediction | None:
        """Return the prediction whose song lies at a path of the host of outputs, if any."""
        with self.changed:
            found = next((p for p in self.predictions if p.path == path), None)
            if found is not None:
                self.course.expire(found, self.now())
            return found

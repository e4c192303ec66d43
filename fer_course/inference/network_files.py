"""Networks in files of any kind: found, opened, and tried out."""

import dataclasses
import hashlib
import os
import re
import threading
import warnings
from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..files import as_path, name_content, read_json
from ..training.about import ASSUMED, UNKNOWN, About, keras_metadata

MODEL, EXPORTED, SETTINGS = "model.keras", "model.onnx", "settings.json"
"""What a run's folder holds: the network as it was trained, as it was exported, and what decided the run."""

MEMBERS, WEIGHTS = "members", "weights.json"
"""What an ensemble's folder holds: a folder with a run's folder for each member, and how they are joined."""

SHIPPED = Path(__file__).parents[1] / "models"
"""The networks that come with the package, NAME.onnx each; their card stands beside them."""

COMPACT_MODEL = SHIPPED / "compact.onnx"
"""The one that is taken where none is asked for."""

FEATURES = "features"  # the second output of an ONNX file
TRIAL, TRIAL_SECONDS = "fer-course trial", 10.0
"""Name of the thread in which a network is tried out, and when it is refused for want of an answer."""

_ALIKE = 0.1  # in the probabilities of one face alone and beside another; what 8 bits lose may depend on that
_LARGEST_SIDE = 1024  # pixels; no network of faces takes larger images
_LARGEST_FILE = 2**29  # bytes; those that tell emotions apart have 1 to 350 MB

_MOST_MEMORY = 9 * 10**8  # bytes, for the answer to two faces; those that ship need 20 MB
_MOST_FOLDED = str(2**26)  # bytes that ONNX Runtime may compute beforehand, at one place of a graph

_SAVED = 'then fer.save_model(model, "x.keras")'
_WITH_WEIGHTS = f"build the same network in Keras, give it the weights (model.set_weights), {_SAVED}"
_PYTORCH = f"a PyTorch file, which could run any program when it is opened; {_WITH_WEIGHTS}"
_FROM_KERAS = (
    "which cannot be turned back; save the Keras model that it was made of: fer.save_model(model, path)"
)
_FOREIGN = {
    ".tflite": f"a TensorFlow Lite network, {_FROM_KERAS}",
    ".pb": f"a graph of TensorFlow, {_FROM_KERAS}",
    ".pt": _PYTORCH,
    ".pth": _PYTORCH,
    ".safetensors": f"weights without a network; {_WITH_WEIGHTS}",
}


class Answers(Protocol):
    """A network of some kind that is loaded."""

    shape: tuple[Any, ...]  # height, width and channels of an image; None or a name where anything goes
    about: About

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Return ``(n, 7)`` for ``(n, height, width, channels)`` ``float32`` pixels."""

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return ``(n, d)``, what stands before the last layer."""

    def stop(self) -> None:
        """Give up whatever is computed at the moment, if it can be given up."""

    def free(self) -> None:
        """Let it have the memory that it asks for, after a trial in which that was limited."""


class _OnnxFile:
    """A network that ONNX Runtime runs; neither Keras nor TensorFlow is needed."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        import onnxruntime

        self._path, self._threads, self._running = path, threads, onnxruntime.RunOptions()
        self._limited = path.parent != SHIPPED
        if self._limited:  # what the trial took goes back
            self._running.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        try:
            self._session = _session(path, threads, self._limited)
            metadata = self._session.get_modelmeta().custom_metadata_map
        except Exception as error:  # ONNX Runtime has a dozen kinds that share no parent but this
            raise FerCourseError(f"{path}: not a readable ONNX network ({error})") from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        self._outputs = [output.name for output in outputs]
        if len(inputs) != 1 or self._outputs[1:] not in ([], [FEATURES]) or len(inputs[0].shape) != 4:
            raise FerCourseError(
                f"{path}: expected a network from images (n, height, width, 1 or 3) to probabilities, found "
                f"inputs {[item.shape for item in inputs]} and outputs {[item.shape for item in outputs]}"
            )
        self._input, self.shape = inputs[0].name, tuple(inputs[0].shape[1:])
        if isinstance(inputs[0].shape[0], int):
            raise FerCourseError(
                f"{path}: takes exactly {inputs[0].shape[0]} images at a time; export the network anew, such "
                "as with fer.export_onnx, so that it takes any number"
            )
        if "emotions" not in metadata:
            raise FerCourseError(
                f"{path}: its metadata do not name the emotions; expected {', '.join(EMOTIONS)}. Export the "
                "network with fer.export_onnx, which writes them"
            )
        self.about = _about(path, metadata)

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        return self._run(self._outputs[0], images)

    def features(self, images: np.ndarray) -> np.ndarray:
        if FEATURES not in self._outputs:
            raise FerCourseError(
                f"{self._path}: a file of an earlier version, which does not give its features; export the "
                "network anew with fer.export_onnx"
            )
        return self._run(FEATURES, images)

    def stop(self) -> None:
        self._running.terminate = True

    def free(self) -> None:
        if self._limited:
            self._session, self._running = _session(self._path, self._threads), type(self._running)()

    def _run(self, output: str, images: np.ndarray) -> np.ndarray:
        return np.asarray(self._session.run([output], {self._input: images}, self._running)[0])


def _session(path: Path, threads: int | None, limited: bool = False) -> Any:
    """Open an ONNX file; a small one can ask for any memory, so that of a stranger is limited at first."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # errors are raised; they need not be printed as well
    options.intra_op_num_threads = threads or 0  # 0: as many as there are cores
    # Idle threads would go on asking for work for 30 ms and take it from a camera and a browser
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("optimization.constant_folding_max_output_size_in_bytes", _MOST_FOLDED)
    if limited:
        _limit_memory()
        options.add_session_config_entry("session.use_env_allocators", "1")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@cache
def _limit_memory() -> None:
    """Make the store of memory that limited sessions share; there can be one of its kind in a process."""
    import onnxruntime

    kinds = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    limits = onnxruntime.OrtArenaCfg({"max_mem": _MOST_MEMORY, "arena_extend_strategy": 1})
    onnxruntime.create_and_register_allocator(onnxruntime.OrtMemoryInfo("Cpu", *kinds), limits)


class _KerasFile:
    """A network that Keras runs."""

    def __init__(self, path: Path) -> None:
        from ..training.saved import load_model

        self._model = load_model(path)
        self.shape = tuple(self._model.input_shape[1:])
        self.about = _about(path, keras_metadata(path))

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        return np.asarray(self._model.predict_on_batch(images))

    def features(self, images: np.ndarray) -> np.ndarray:
        return np.asarray(self._to_features.predict_on_batch(images))

    def stop(self) -> None:
        """Nothing: what Keras has begun it ends."""

    def free(self) -> None:
        """Nothing: Keras knows no limit."""

    @cached_property
    def _to_features(self) -> Any:
        from ..faces.embeddings import features_of

        return features_of(self._model)


class _EnsembleFolder:
    """Several networks that answer together."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        from ..evaluation.ensembles import Ensemble

        self._ensemble = Ensemble.load(folder / WEIGHTS)
        files = [find_network(folder / MEMBERS / name) for name in self._ensemble.names]
        self._members = [_opened(file, threads) for file in files]
        shapes = {member.shape for member in self._members}
        if len(shapes) > 1:
            raise FerCourseError(f"{folder}: its members take different images, {sorted(map(str, shapes))}")
        (self.shape,) = shapes
        kind = f"ensemble of {len(files)} networks by {self._ensemble.method}"
        about = self._members[0].about
        about = dataclasses.replace(about, network=kind, val_accuracy=None, val_interval=None)
        self.about = _with_settings(about, folder)

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        return self._ensemble.apply([member.probabilities(images) for member in self._members])

    def features(self, images: np.ndarray) -> np.ndarray:
        return np.concatenate([member.features(images) for member in self._members], axis=1)

    def stop(self) -> None:
        for member in self._members:
            member.stop()

    def free(self) -> None:
        for member in self._members:
            member.free()


def find_network(path: str | os.PathLike[str] | None) -> Path:
    """Find what :meth:`Network.load` means by a path: a network's file, or the folder of an ensemble."""
    source = COMPACT_MODEL if path is None else as_path(path)
    if source.is_file() or (source / WEIGHTS).is_file():
        return source
    if source.is_dir():
        found = next((source / name for name in (EXPORTED, MODEL) if (source / name).is_file()), None)
        if found is None:
            raise FerCourseError(
                f"{source}: a folder without a network; expected {EXPORTED} or {MODEL}, as fer-course train "
                f"writes them, or {WEIGHTS} and {MEMBERS}, as fer-course ensemble does"
            )
        _check_pair(source / MODEL, source / EXPORTED)
        return found
    shipped = {file.stem: file for file in SHIPPED.glob("*.onnx") if (file.with_suffix(".keras")).exists()}
    if str(path) in shipped:
        return shipped[str(path)]
    names = ", ".join(sorted(shipped))
    raise FileNotFoundError(
        f"{source}: no such file; fer.export_onnx(model, path) writes one, and the networks that ship with "
        f"the package are called: {names}"
    )


def _check_pair(trained: Path, exported: Path) -> None:
    """Refuse two files that say different things of their training: jobs take the one or the other."""
    if trained.is_file() and exported.is_file():
        said, content = keras_metadata(trained).get("about", ""), exported.read_bytes()
        if said.encode() not in content or (not said and b'"val_accuracy": ' in content):
            raise FerCourseError(
                f"{trained.parent}: {trained.name} and {exported.name} are two networks, by what they say of "
                f"their training; take one away, or make {exported.name} anew (fer.export_onnx)"
            )


def identity(source: Path) -> dict[str, str]:
    """Tell a network that :func:`find_network` found from others, by the name and content of its file."""
    members = sorted((source / MEMBERS).glob(f"*/{MODEL}"))
    total = hashlib.sha256()
    for file in [source / WEIGHTS, *members] if source.is_dir() else [source]:
        total.update(file.read_bytes())
    return {"name": source.name, "sha256": total.hexdigest()}


def open_network(source: Path, threads: int | None = None) -> Answers:
    """Open what :func:`find_network` found, and refuse it unless two faces get probabilities in our order."""
    answers = _opened(source, threads)
    _try_out(source, answers)
    answers.free()
    return answers


def _opened(source: Path, threads: int | None) -> Answers:
    if source.is_dir():
        return _EnsembleFolder(source, threads)
    if (size := source.stat().st_size) > _LARGEST_FILE:
        raise FerCourseError(
            f"{source}: {size / 1e6:,.0f} MB, more than the {_LARGEST_FILE / 1e6:.0f} MB that are read"
        )
    if source.suffix.lower() == ".keras":
        return _KerasFile(source)
    with source.open("rb") as file:
        kind = _foreign(source.name.lower(), file.read(300))
    if kind:
        raise FerCourseError(f"{source}: {kind}")
    return _OnnxFile(source, threads)


def _foreign(name: str, start: bytes) -> str:
    """Say what a file is that is no ONNX network, and how to make a ``.keras`` file of it; else ""."""
    ending = ".tflite" if start[4:8] == b"TFL3" else Path(name).suffix
    if ending in _FOREIGN:
        return _FOREIGN[ending]
    content = name_content(start)
    if start.startswith(b"\x89HDF"):
        made = (
            "weights alone: build the network, model.load_weights(this file)"
            if name.endswith(".weights.h5")
            else "an older format of Keras: model = keras.models.load_model(this file)"
        )
        return f"{content}, {made}, {_SAVED}"
    return f"{content}; expected an .onnx or .keras file with a network" if content else ""


def _about(path: Path, metadata: Mapping[str, str]) -> About:
    """Return what a file says of itself and, where it does not, the settings of the run that wrote it."""
    about, emotions = About.from_metadata(metadata), metadata.get("emotions")
    if emotions is None and "fer_course" not in _settings(path.parent):
        warnings.warn(
            f"{path}: nobody says in which order its answers are; the seven are taken to be "
            f"{', '.join(EMOTIONS)}, and its pixels 0..255, rescaled inside (keras.layers.Rescaling); save "
            "it with fer.save_model to say so",
            stacklevel=6,
        )
        about = dataclasses.replace(about, note=f"{about.note or UNKNOWN}, {ASSUMED}")
    elif emotions is not None and tuple(re.findall(r"\w+", emotions)) != EMOTIONS:
        raise FerCourseError(
            f"{path}: its metadata name other emotions, or in another order ({emotions}); expected "
            f"{', '.join(EMOTIONS)}"
        )
    return _with_settings(about, path.parent)


def _with_settings(about: About, folder: Path) -> About:
    if about.clahe is not None:
        return about
    evened = _settings(folder).get("clahe")
    return dataclasses.replace(about, clahe=evened if isinstance(evened, bool) else None)


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / SETTINGS
    return read_json(path, "restore or remove it") if path.is_file() else {}


def _try_out(source: Path, answers: Answers) -> None:
    """Ask about one face and about two, and refuse what gives no probabilities in time."""
    if not all(isinstance(side, int) and 0 < side <= _LARGEST_SIDE for side in answers.shape[:2]) or (
        answers.shape[2] not in (1, 3)
    ):
        raise FerCourseError(
            f"{source}: takes images of shape {answers.shape}; expected (height, width, 1 or 3)"
        )
    noise = np.random.default_rng(0).integers(0, 256, (2, *answers.shape)).astype(np.float32)
    alone = np.empty(0)
    for count in (1, 2):
        found = _in_time(partial(answers.probabilities, noise[:count]), answers.stop, source)
        wrong = None
        if found.shape != (count, len(EMOTIONS)):
            wrong = f"answers of shape {found.shape} to {count} faces; expected ({count}, {len(EMOTIONS)})"
        elif not np.isfinite(found).all():
            wrong = "answers that are no numbers (NaN or infinity); was the training stable?"
        elif found.min() < 0 or abs(found.sum(axis=1) - 1).max() > 1e-3:
            wrong = (
                f"answers from {found.min():.3g} to {found.max():.3g} that sum to {found[0].sum():.3g}; "
                "expected probabilities, so end the network with a softmax"
            )
        elif count == 2 and abs(found[:1] - alone).max() > _ALIKE:
            wrong = (
                "another answer to a face beside a second one than alone; save the network in inference mode"
            )
        alone = found
        if wrong:
            raise FerCourseError(f"{source}: a trial gave {wrong}")


def _in_time(task: Callable[[], np.ndarray], stop: Callable[[], None], source: Path) -> np.ndarray:
    """Do something in a thread of its own, which may never end."""
    done: list[np.ndarray | Exception] = []

    def work() -> None:
        try:
            done.append(task())
        except Exception as error:  # each kind of network has its own
            done.append(error)

    thread = threading.Thread(target=work, name=TRIAL, daemon=True)
    thread.start()
    thread.join(TRIAL_SECONDS)
    if not done:
        stop()
        thread.join(1)  # so that it uses no processor any more
        raise FerCourseError(f"{source}: a trial gave no answer within {TRIAL_SECONDS:g} seconds")
    if "Available memory" in str(done[0]):
        raise FerCourseError(
            f"{source}: needs more than {_MOST_MEMORY / 1e6:.0f} MB to answer about two faces"
        )
    if isinstance(done[0], Exception):
        raise FerCourseError(f"{source}: cannot be asked about two faces ({done[0]})") from done[0]
    return done[0]

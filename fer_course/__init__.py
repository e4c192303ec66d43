"""fer-course: facial-expression recognition, from raw FER2013 to a webcam.

Every public name is imported on first use, so ``import fer_course`` is quick and loads neither TensorFlow
nor scikit-learn.

Example:
    >>> import fer_course as fer
    >>> fer.EMOTIONS
    ('angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral')
"""

from importlib import import_module
from typing import Any

__version__ = "1.1.0"

_MODULE_OF = {
    "EMOTIONS": "emotions",
    "EMOTION_COLORS": "emotions",
    "FerCourseError": "errors",
    "FaceDataset": "dataset",
    "datasets": "sources.catalogue",
    "kaggle_login": "sources.credentials",
    "download": "sources.kaggle",
    "append_images_to_fer2013_csv": "sources.fer2013",
    "image_to_fer2013_row": "sources.fer2013",
    "load_fer2013": "sources.fer2013",
    "read_dataset": "sources.reading",
    "sample_faces": "drawing.sample",
    "Votes": "sources.votes",
    "load_ferplus": "sources.ferplus",
    "draw_face": "drawing.face",
    "ACTION_UNITS": "drawing.action_units",
    "EXPRESSIONS": "drawing.action_units",
    "Identity": "drawing.identity",
    "FER2013Cleaner": "cleaning.earlier_tools",
    "FacialExpressionDataCleaner": "cleaning.earlier_tools",
    "Thresholds": "cleaning.thresholds",
    "clahe": "cleaning.quality",
    "clean": "cleaning.cleaner",
    "align": "faces.alignment",
    "embed": "faces.embeddings",
    "embedding_distances": "cleaning.outliers",
    "FaceDetector": "faces.detectors",
    "find_duplicates": "cleaning.duplicates",
    "find_label_errors": "cleaning.outliers",
    "find_twins": "cleaning.duplicates",
    "flag_outliers": "cleaning.outliers",
    "measure": "cleaning.quality",
    "out_of_fold_probabilities": "cleaning.outliers",
    "class_weights": "training.balancing",
    "oversample": "training.balancing",
    "augment": "training.augmentation",
    "cutmix": "training.augmentation",
    "mixup": "training.augmentation",
    "soft_targets": "training.fusion",
    "CompactCNN": "training.networks",
    "EmotionCNN": "training.networks",
    "COMPACT": "training.recipe",
    "Recipe": "training.recipe",
    "fit": "training.fitting",
    "load_model": "training.saved",
    "save_model": "training.saved",
    "train_members": "training.zoo",
    "train_snapshots": "training.zoo",
    "evaluate": "evaluation.scores",
    "score": "evaluation.scores",
    "compare": "evaluation.comparison",
    "tune_bias": "evaluation.bias.tuning",
    "Evaluation": "evaluation.scores",
    "abstention": "evaluation.fairness",
    "add_brightness_contrast": "evaluation.corruptions",
    "add_gaussian_blur": "evaluation.corruptions",
    "jpeg_compress": "evaluation.corruptions",
    "random_rotate": "evaluation.corruptions",
    "group_gaps": "evaluation.fairness",
    "group_metrics": "evaluation.fairness",
    "robustness": "evaluation.corruptions",
    "topk_accuracy": "evaluation.scores",
    "combine": "evaluation.ensembles",
    "predict": "evaluation.tta",
    "without_twins": "cleaning.duplicates",
    "mine": "course.thread",
    "progress": "course.progress",
    "save_evaluation": "report.evaluation",
    "export_onnx": "inference.onnx_export",
    "Predictor": "inference.predictor",
    "EmotionRecognizer": "inference.recognition",
    "predict_from_fer2013_csv": "inference.predictor",
    "run_realtime_demo": "inference.realtime",
    "sample_video": "drawing.film",
    "WebcamWidget": "inference.webcam",
    "train": "jobs.train",
    "export": "jobs.export",
    "run": "jobs.run",
    "study": "jobs.study",
    "doctor": "jobs.doctor",
}
_SUBMODULES = {"exercises": "exercises", "notebook": "course.notebook", "plots": "plots"}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        try:
            module = import_module(f"{__name__}.{_MODULE_OF[name]}")
        except ModuleNotFoundError as error:
            from .errors import install_command

            message = f"fer.{name} needs {error.name}: {install_command('all')}"
            raise ModuleNotFoundError(message, name=error.name) from None
        value = getattr(module, name)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{_SUBMODULES[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, *_SUBMODULES])

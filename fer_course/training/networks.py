"""Networks for 48x48: EmotionCNN, the compact one that ships with the package, a ResNet-18 and a VGG."""

from ..emotions import EMOTIONS
from ..errors import DownloadError, FerCourseError
from .backend import keras

IMAGE_SIZE = 48
BACKBONES = ("EfficientNetB0", "MobileNetV3Small", "ResNet50")
SMALLEST, LARGEST = 48, 224  # pixels that a backbone sees


def EmotionCNN(in_chans: int = 1, width_mult: float = 1.0) -> keras.Model:
    """Build the course's residual network: a stem and three residual blocks that each halve the image.

    It takes raw pixels and rescales them itself, so nobody can forget to. The blocks are those of He et al.,
    "Deep residual learning for image recognition" (2016).

    Args:
        in_chans: 1 for gray images, 3 for RGB.
        width_mult: Factor on the number of filters (32, 64 and 128). Parameters grow with its square:
            0.3 million at 1.0, 1.2 million at 2.0.

    Returns:
        An untrained model from ``(n, 48, 48, in_chans)`` values in 0..255 to ``(n, 7)`` probabilities.

    Example:
        >>> model = EmotionCNN(width_mult=0.25)
        >>> model.output_shape
        (None, 7)
    """
    widths = _widths((32, 64, 128), width_mult)
    return _residual_network("EmotionCNN", in_chans, widths[0], [(width, 2) for width in widths])


def CompactCNN(in_chans: int = 1) -> keras.Model:
    """Build the network that ships with the package: half of EmotionCNN's stem, and one more block.

    The stem works on the largest images, so half of its filters save more time than the additional block,
    which works on the smallest, costs: with twice the parameters of ``EmotionCNN()`` it has
    a quarter more multiplications.

    Args:
        in_chans: 1 for gray images, 3 for RGB.

    Returns:
        An untrained model of 0.6 million parameters, from ``(n, 48, 48, in_chans)`` values in 0..255 to
        ``(n, 7)`` probabilities.

    Example:
        >>> CompactCNN().count_params()
        600791
    """
    return _residual_network("CompactCNN", in_chans, 16, [(32, 2), (64, 2), (128, 2), (128, 1)])


def ResNet18(in_chans: int = 1, width_mult: float = 1.0) -> keras.Model:
    """Build the residual network with 18 layers of He et al. (2016), for images of 48x48.

    Their first layer, 7x7 with stride 2 and a pooling, would shrink such small images to 12x12 before the
    first block; as they do for the small images of CIFAR-10, a 3x3 convolution without stride replaces both.

    Takes and returns what :func:`EmotionCNN` does; ``width_mult`` is a factor on 64 to 512 filters, with 11.2
    million parameters at 1.0, 2.8 at 0.5.

    Example:
        >>> ResNet18(width_mult=0.25).count_params() < 1_000_000
        True
    """
    widths = _widths((64, 128, 256, 512), width_mult)
    blocks = [(widths[0], 1)] * 2 + [block for width in widths[1:] for block in ((width, 2), (width, 1))]
    return _residual_network("ResNet18", in_chans, widths[0], blocks)


def VGG(in_chans: int = 1, width_mult: float = 1.0) -> keras.Model:
    """Build the VGG-13 that introduced FER+, for images of 48x48 and with batch normalisation.

    Ten 3x3 convolutions in four blocks, each of which ends with pooling and dropout of a quarter, then two
    dense layers with dropout of a half (Barsoum et al., 2016, for 64x64). Batch normalisation, which their
    network did without, lets it learn at the learning rates of the course's recipes.

    Takes and returns what :func:`EmotionCNN` does; ``width_mult`` is a factor on 64 to 256 filters and 1024
    dense units, with 6.9 million parameters at 1.0, 1.7 at 0.5.

    Source:
        Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2015);
        Barsoum, Zhang, Canton Ferrer and Zhang, "Training deep networks for facial expression recognition
        with crowd-sourced label distribution" (2016).

    Example:
        >>> VGG(width_mult=0.25).output_shape
        (None, 7)
    """
    *widths, units = _widths((64, 128, 256, 256, 1024), width_mult)
    images, x = rescaled_input(in_chans)
    for width, convolutions in zip(widths, (2, 2, 3, 3), strict=True):
        for _ in range(convolutions):
            x = keras.layers.ReLU()(convolution(x, width))
        x = keras.layers.Dropout(0.25)(keras.layers.MaxPooling2D()(x))
    x = keras.layers.Flatten()(x)
    for _ in range(2):
        x = keras.layers.Dropout(0.5)(keras.layers.Dense(units, activation="relu")(x))
    return keras.Model(images, emotion_probabilities(x), name="VGG")


def emotion_probabilities(features: keras.KerasTensor) -> keras.KerasTensor:
    """Add the last layer of every network of the course, "emotions": from ``(n, features)`` to ``(n, 7)``."""
    # float32, so that the probabilities stay exact under a mixed-precision policy
    return keras.layers.Dense(len(EMOTIONS), activation="softmax", dtype="float32", name="emotions")(features)


def _widths(bases: tuple[int, ...], width_mult: float) -> list[int]:
    if not 0.1 <= width_mult <= 16:
        raise FerCourseError(
            f"width_mult is {width_mult!r}, expected 0.1 to 16; 1.0 is the network as it is described, "
            "0.5 has a quarter of its parameters"
        )
    return [max(4, round(base * width_mult)) for base in bases]


def rescaled_input(in_chans: int) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Begin a network with raw pixels: the input, and the same values from -1 to 1."""
    if in_chans not in (1, 3):
        raise FerCourseError(f"in_chans is {in_chans!r}; an image has 1 channel (gray) or 3 (RGB)")
    images = keras.Input((IMAGE_SIZE, IMAGE_SIZE, in_chans), name="images")
    return images, keras.layers.Rescaling(1 / 127.5, offset=-1)(images)


def _residual_network(name: str, in_chans: int, stem: int, blocks: list[tuple[int, int]]) -> keras.Model:
    """Build a residual network from the filters of its stem, and the filters and stride of each block."""
    images, x = rescaled_input(in_chans)
    x = keras.layers.ReLU()(convolution(x, stem))
    for filters, strides in blocks:
        x = _residual_block(x, filters, strides)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, emotion_probabilities(x), name=name)


def layers_of(model: keras.Model) -> list[keras.Layer]:
    """List the layers of a model and of the models inside it, from the images on."""
    layers = []
    for layer in model.layers:
        layers += layers_of(layer) if isinstance(layer, keras.Model) else [layer]
    return layers


def convolution(x: keras.KerasTensor, filters: int, size: int = 3, strides: int = 1) -> keras.KerasTensor:
    """Add a convolution with batch normalisation."""
    if size == 1 and strides > 1:
        # The same numbers in two steps: in one, oneDNN writes past its memory where channels are fewer than
        # 16 (AVX-512) or 8 (AVX2), and TensorFlow crashes (github.com/uxlfoundation/oneDNN/issues/6035)
        x, strides = keras.layers.MaxPooling2D(1, strides)(x), 1
    x = keras.layers.Conv2D(filters, size, strides, padding="same", use_bias=False)(x)
    # 0.9 instead of 0.99: the running averages must settle within the few steps of a small dataset
    return keras.layers.BatchNormalization(momentum=0.9)(x)


def _residual_block(x: keras.KerasTensor, filters: int, strides: int) -> keras.KerasTensor:
    same_shape = strides == 1 and x.shape[-1] == filters
    shortcut = x if same_shape else convolution(x, filters, size=1, strides=strides)
    x = keras.layers.ReLU()(convolution(x, filters, strides=strides))
    x = convolution(x, filters)
    return keras.layers.ReLU()(keras.layers.Add()([x, shortcut]))


def backbone(
    name: str, image_size: int = IMAGE_SIZE, weights: str | None = None, input_size: int = IMAGE_SIZE
) -> keras.Model:
    """Build a network of Keras Applications with a head for the seven emotions.

    It takes raw RGB pixels, resizes them and prepares them as its family wants them, all inside. Gray images
    become RGB in :func:`fit` and :func:`predict`. With ImageNet's weights, a low learning rate that falls
    towards the image keeps what they know: ``Recipe(learning_rate=3e-4, layer_decay=0.95)``.

    Args:
        name: "EfficientNetB0" (4.1 million parameters), "MobileNetV3Small" (0.9) or "ResNet50" (23.6).
        image_size: Side of the images that the backbone sees, 48 to 224 pixels. ImageNet's weights were
            learnt at 224 and are worth less the smaller the images are.
        weights: None for random ones, "imagenet" for those that Keras downloads on first use.
        input_size: Side of the images that are given to the network; 48 for FER2013.

    Returns:
        A model from ``(n, input_size, input_size, 3)`` values in 0..255 to ``(n, 7)`` probabilities.

    Raises:
        FerCourseError: An argument is out of its range.
        DownloadError: ImageNet's weights are not on disk and cannot be downloaded, or cannot be read.

    Source:
        EfficientNet: Tan and Le (2019); MobileNetV3: Howard et al. (2019); ResNet: He et al. (2016).

    Example:
        >>> model = backbone("MobileNetV3Small", image_size=96)
        >>> model.input_shape, model.output_shape
        ((None, 48, 48, 3), (None, 7))
    """
    if name not in BACKBONES:
        raise FerCourseError(f"unknown backbone {name!r}; there are {', '.join(BACKBONES)}")
    if not SMALLEST <= image_size <= LARGEST:
        raise FerCourseError(
            f"image_size is {image_size!r}; {name} takes {SMALLEST} to {LARGEST} pixels here"
        )
    if weights not in (None, "imagenet"):
        raise FerCourseError(f'weights is {weights!r}; expected None (random weights) or "imagenet"')
    images = keras.Input((input_size, input_size, 3), name="images")
    x = images if image_size == input_size else keras.layers.Resizing(image_size, image_size)(images)
    # 0.2 is what Keras Applications gives the heads of EfficientNetB0 and MobileNetV3
    features = keras.layers.Dropout(0.2)(_with_weights(name, x, weights).output)
    return keras.Model(images, emotion_probabilities(features), name=name)


def _with_weights(name: str, x: keras.KerasTensor, weights: str | None) -> keras.Model:
    try:
        build = _resnet if name == "ResNet50" else getattr(keras.applications, name)  # these rescale inside
        return build(input_tensor=x, include_top=False, weights=weights, pooling="avg")
    except Exception as error:  # Keras raises a plain Exception when a download fails
        if weights is None:
            raise
        raise DownloadError(
            f"the ImageNet weights of {name} could not be found on disk, downloaded or read ({error}). "
            "Connect to the network and try again; or build the network once on a computer with network and "
            "copy its folder ~/.keras/models here; or start from random weights with weights=None."
        ) from error


def _resnet(input_tensor: keras.KerasTensor, **arguments: object) -> keras.Model:
    # What keras.applications.resnet.preprocess_input does, as layers: BGR, minus ImageNet's mean colour
    in_bgr = keras.ops.flip(input_tensor, axis=-1)
    x = keras.layers.Rescaling(1.0, offset=[-103.939, -116.779, -123.68])(in_bgr)
    return keras.applications.ResNet50(input_tensor=x, **arguments)

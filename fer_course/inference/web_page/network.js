// The network: ONNX Runtime reads it from model.js, and faces are prepared as fer_course.Predictor does it.
"use strict";

const RUNTIME = "ort-wasm-simd.wasm";

/** Start ONNX Runtime with the network of model.js; gives a function from faces to their probabilities. */
async function loadNetwork({ network, height, width, channels }) {
  const address = URL.createObjectURL(await unpacked(FER_RUNTIME, "application/wasm"));
  ort.env.wasm.numThreads = 1; // the one that is shipped; a face takes a few milliseconds
  ort.env.wasm.wasmPaths = { [RUNTIME]: address };
  const session = await ort.InferenceSession.create(bytes(network), { executionProviders: ["wasm"] });
  URL.revokeObjectURL(address);

  /** faces: ImageData of each face. Returns an array of probabilities for each. */
  return async function predict(faces) {
    if (faces.length === 0) return [];
    const one = height * width * channels;
    const pixels = new Float32Array(faces.length * one);
    faces.forEach((face, place) => pixels.set(prepared(face, height, width, channels), place * one));
    const images = new ort.Tensor("float32", pixels, [faces.length, height, width, channels]);
    const name = session.outputNames[0]; // the second are the features before the last layer
    const { data, dims } = (await session.run({ [session.inputNames[0]]: images }, [name]))[name];
    return faces.map((_, place) => Array.from(data.subarray(place * dims[1], (place + 1) * dims[1])));
  };
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Undo base64 and gzip. */
async function unpacked(base64, type) {
  const stream = new Blob([bytes(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Blob([await new Response(stream).arrayBuffer()], { type });
}

/** Make the pixels that the network takes, 0..255, gray or RGB, of a face of any size. */
function prepared(face, height, width, channels) {
  const planes = channels === 1 ? [grayOf(face).values] : [0, 1, 2].map((channel) => plane(face, channel));
  const small = planes.map((values) => resized(values, face.width, face.height, width, height));
  return Float32Array.from({ length: height * width * channels }, (_, place) => {
    return Math.round(small[place % channels][Math.floor(place / channels)]);
  });
}

function plane({ data }, channel) {
  return Float32Array.from({ length: data.length / 4 }, (_, place) => data[4 * place + channel]);
}

/** Gray as people see it, the weights of ITU-R BT.601. */
function grayOf({ data, width, height }) {
  const values = new Float32Array(width * height);
  for (let place = 0; place < values.length; place++) {
    const [red, green, blue] = [data[4 * place], data[4 * place + 1], data[4 * place + 2]];
    values[place] = (9798 * red + 19235 * green + 3735 * blue + 16384) >> 15; // whole numbers, as OpenCV
  }
  return { width, height, values };
}

/** Resize by the mean of the pixels that each new one covers, or between pixels where it grows. */
function resized(values, width, height, newWidth, newHeight) {
  const columns = shares(width, newWidth);
  const narrow = new Float32Array(newWidth * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < newWidth; column++) {
      for (const [from, share] of columns[column]) {
        narrow[row * newWidth + column] += share * values[row * width + from];
      }
    }
  }
  const small = new Float32Array(newWidth * newHeight);
  shares(height, newHeight).forEach((rows, row) => {
    for (const [from, share] of rows) {
      for (let column = 0; column < newWidth; column++) {
        small[row * newWidth + column] += share * narrow[from * newWidth + column];
      }
    }
  });
  return small;
}

/** For each new pixel of a row: which old ones it is made of, and their shares. */
function shares(from, to) {
  if (from <= to) {
    return linear(from, to).map(({ low, high, share }) => [[low, 1 - share], [high, share]]);
  }
  const step = from / to;
  return Array.from({ length: to }, (_, place) => {
    const [start, end] = [place * step, Math.min((place + 1) * step, from)];
    const covered = [];
    for (let old = Math.floor(start); old < end; old++) {
      covered.push([old, (Math.min(end, old + 1) - Math.max(start, old)) / step]);
    }
    return covered;
  });
}

/** For each new pixel of a row: the two old ones that it lies between, and its share of the second. */
function linear(from, to) {
  return Array.from({ length: to }, (_, place) => {
    const at = Math.min(Math.max(((place + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, from - 1), share: at - low };
  });
}

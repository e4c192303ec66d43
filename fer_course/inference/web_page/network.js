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
  const values = new Float32Array(data.length / 4); // filled in a loop: a function for each pixel takes fifty times as long
  for (let place = 0; place < values.length; place++) values[place] = data[4 * place + channel];
  return values;
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
  if (newWidth === width && newHeight === height) return values;
  const [columns, rows] = [shares(width, newWidth), shares(height, newHeight)];
  const narrow = new Float32Array(newWidth * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < newWidth; column++) {
      let sum = 0;
      for (let part = columns.starts[column]; part < columns.starts[column + 1]; part++) {
        sum += columns.parts[part] * values[row * width + columns.olds[part]];
      }
      narrow[row * newWidth + column] = sum;
    }
  }
  const small = new Float32Array(newWidth * newHeight);
  for (let row = 0; row < newHeight; row++) {
    for (let part = rows.starts[row]; part < rows.starts[row + 1]; part++) {
      const share = rows.parts[part];
      const from = rows.olds[part] * newWidth;
      for (let column = 0; column < newWidth; column++) small[row * newWidth + column] += share * narrow[from + column];
    }
  }
  return small;
}

/** Say which old pixels of a row each new one is made of: olds and their parts, from starts[new] to starts[new + 1]. */
function shares(from, to) {
  const step = from / to;
  const made = Array.from({ length: to }, (_, place) => {
    if (from <= to) {
      const at = Math.min(Math.max((place + 0.5) * step - 0.5, 0), from - 1);
      const low = Math.floor(at);
      return [[low, 1 - at + low], [Math.min(low + 1, from - 1), at - low]];
    }
    const [start, end] = [place * step, Math.min((place + 1) * step, from)];
    const covered = Array.from({ length: Math.ceil(end) - Math.floor(start) }, (_, old) => Math.floor(start) + old);
    return covered.map((old) => [old, (Math.min(end, old + 1) - Math.max(start, old)) / step]);
  });
  const starts = [0];
  for (const pixels of made) starts.push(starts.at(-1) + pixels.length);
  const [olds, parts] = [0, 1].map((column) => made.flat().map((pixel) => pixel[column]));
  return { starts, olds, parts: Float64Array.from(parts) };
}

// Finding faces and cutting them out, as fer_course.faces does it: YuNet (Wu, Peng and Yu, 2023) looks at the
// picture in one size or two and marks the eyes, by which each face is turned upright.
"use strict";

const STRIDES = [8, 16, 32]; // pixels from one place where a face may be to the next, on three grids
const [FACE, WINDOW, FOUND_AGAIN] = [192, 288, 0.3]; // pixels of a face and of what is around it, the second time
const OUTPUTS = ["cls", "obj", "bbox", "kps"].flatMap((kind) => STRIDES.map((stride) => `${kind}_${stride}`));

/**
 * Start YuNet; gives two functions to faces {x, y, width, height, angle, confidence}, in reading order: one finds those
 * of ImageData, the other those of a film's next frame that are still where they were.
 */
async function loadDetector({ network, least, longest, fine, finest, candidate, looks, turn, same, row }) {
  const session = await ort.InferenceSession.create(bytes(network), { executionProviders: ["wasm"] });

  async function findFaces(image) {
    const coarse = Math.min(longest / Math.max(image.width, image.height), 1);
    let faces = await facesAt(image, coarse, candidate * least);
    if (coarse < fine) {
      const small = (await facesAt(image, fine, candidate * least)).filter(({ width }) => width <= finest / coarse);
      faces = distinct([...faces, ...small], same);
    }
    const closer = [];
    for (const face of faces) closer.push(await lookCloser(image, face));
    return ordered(image, distinct(closer.filter(({ confidence }) => confidence >= least), same));
  }

  async function lookCloser(image, face) {
    for (let look = 0; look < looks; look++) {
      const looked = await lookAt(image, face);
      if (!looked) break;
      const turned = Math.abs(looked.angle - face.angle);
      face = looked;
      if (turned < turn) break;
    }
    return face;
  }

  async function followFaces(image, faces) {
    const followed = [];
    for (const face of faces) followed.push(await lookAt(image, face));
    return ordered(image, distinct(followed.filter(Boolean), same));
  }

  function ordered(image, faces) {
    const seen = ({ x, y, width, height }) => x < image.width && y < image.height && x + width > 0 && y + height > 0;
    return inReadingOrder(faces.filter(seen), row);
  }

  async function facesAt(image, scale, least) {
    const [width, height] = [image.width, image.height].map((length) => Math.round(length * scale));
    const [columns, rows] = [width, height].map((length) => 32 * Math.ceil(length / 32));
    const pixels = new Float32Array(3 * rows * columns); // what is beyond the picture stays black
    [2, 1, 0].forEach((channel, place) => {
      const values = resized(plane(image, channel), image.width, image.height, width, height);
      for (let line = 0; line < height; line++) {
        const start = (place * rows + line) * columns;
        for (let column = 0; column < width; column++) pixels[start + column] = Math.round(values[line * width + column]);
      }
    });
    const input = new ort.Tensor("float32", pixels, [1, 3, rows, columns]);
    const answers = await session.run({ [session.inputNames[0]]: input }, OUTPUTS);
    const data = Object.fromEntries(OUTPUTS.map((name) => [name, answers[name].data]));
    const found = STRIDES.flatMap((stride) => decoded(data, stride, columns / stride, least));
    return distinct(found, same).map((face) => {
      const lengths = ["x", "y", "width", "height"].map((name) => [name, face[name] / scale]);
      return { ...face, ...Object.fromEntries(lengths) };
    });
  }

  /** Look again at a face, turned as far as it seems to be: what is left of its turn is seen then; null if it is gone. */
  async function lookAt(image, face) {
    const window = cutOut(image, face, WINDOW / FACE);
    const scale = WINDOW / window.width;
    const middle = ({ x, y, width, height }) => [x + width / 2 - window.width / 2, y + height / 2 - window.width / 2];
    const away = (found) => Math.hypot(...middle(found));
    const [nearest] = (await facesAt(window, scale, FOUND_AGAIN)).sort((one, other) => away(one) - away(other));
    if (!nearest || away(nearest) * scale >= FACE / 3) return null;
    const unit = (Math.sqrt(face.width * face.height) * WINDOW) / FACE / window.width; // the window's side was rounded
    const [width, height] = [nearest.width * unit, nearest.height * unit];
    const [right, down] = middle(nearest).map((distance) => distance * unit);
    const [along, across] = [Math.cos(face.angle), Math.sin(face.angle)];
    return {
      x: face.x + face.width / 2 + along * right - across * down - width / 2,
      y: face.y + face.height / 2 + across * right + along * down - height / 2,
      width,
      height,
      angle: face.angle + nearest.angle,
      confidence: Math.max(face.confidence, nearest.confidence),
    };
  }

  return { findFaces, followFaces };
}

/** Read the faces off one grid. */
function decoded(data, stride, columns, least) {
  const [face, there, boxes, marks] = ["cls", "obj", "bbox", "kps"].map((kind) => data[`${kind}_${stride}`]);
  const faces = [];
  for (let place = 0; place < face.length; place++) {
    const confidence = Math.sqrt(Math.min(Math.max(face[place], 0), 1) * Math.min(Math.max(there[place], 0), 1));
    if (confidence < least) continue;
    const corner = [place % columns, Math.floor(place / columns)];
    const [across, down, wider, higher] = boxes.subarray(4 * place, 4 * place + 4);
    const [width, height] = [Math.exp(wider) * stride, Math.exp(higher) * stride];
    const [rightX, rightY, leftX, leftY] = marks.subarray(10 * place, 10 * place + 4); // the person's eyes
    faces.push({
      x: (corner[0] + across) * stride - width / 2,
      y: (corner[1] + down) * stride - height / 2,
      width,
      height,
      angle: Math.atan2(leftY - rightY, leftX - rightX),
      confidence,
    });
  }
  return faces;
}

/** Keep the surest of the boxes that overlap. */
function distinct(faces, same) {
  const sorted = [...faces].sort((one, other) => other.confidence - one.confidence);
  return sorted.reduce((kept, face) => (kept.some((other) => overlap(face, other) > same) ? kept : [...kept, face]), []);
}

/** The share of two boxes' common ground in all that they cover. */
function overlap(one, other) {
  const [width, height] = [["x", "width"], ["y", "height"]].map(([start, length]) => {
    const end = Math.min(one[start] + one[length], other[start] + other[length]);
    return Math.max(0, end - Math.max(one[start], other[start]));
  });
  return (width * height) / (one.width * one.height + other.width * other.height - width * height);
}

/** Sort faces as people in a photograph are named: row by row, each from the left. */
function inReadingOrder(faces, row) {
  const middle = ({ y, height }) => y + height / 2;
  const rows = [];
  for (const face of [...faces].sort((one, other) => middle(one) - middle(other))) {
    const first = rows.at(-1)?.[0];
    if (first && middle(face) - middle(first) < row * Math.max(face.height, first.height)) rows.at(-1).push(face);
    else rows.push([face]);
  }
  return rows.flatMap((one) => one.sort((left, right) => left.x - right.x));
}

/** Cut the upright square around a face out of ImageData; what lies beyond the picture is its border, repeated. */
function cutOut({ data, width, height }, face, sides) {
  const whole = sides * Math.sqrt(face.width * face.height);
  const side = Math.max(Math.round(whole), 1);
  const step = whole / side;
  const [along, across] = [step * Math.cos(face.angle), step * Math.sin(face.angle)];
  const crop = new ImageData(side, side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [right, down] = [column - (side - 1) / 2, row - (side - 1) / 2];
      const x = face.x + face.width / 2 - 0.5 + along * right - across * down;
      const y = face.y + face.height / 2 - 0.5 + across * right + along * down;
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const start = 4 * width * Math.min(Math.max(top, 0), height - 1);
      const next = 4 * width * Math.min(Math.max(top + 1, 0), height - 1);
      const here = 4 * Math.min(Math.max(left, 0), width - 1);
      const beside = 4 * Math.min(Math.max(left + 1, 0), width - 1);
      for (let channel = 0; channel < 4; channel++) {
        const corner = data[start + here + channel];
        const under = data[next + here + channel];
        const above = corner + (x - left) * (data[start + beside + channel] - corner);
        const below = under + (x - left) * (data[next + beside + channel] - under);
        crop.data[4 * (row * side + column) + channel] = above + (y - top) * (below - above); // rounded by the array
      }
    }
  }
  return crop;
}

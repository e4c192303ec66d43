// Finding faces as OpenCV's cascade does (Viola and Jones, 2001). A window of 24x24 pixels slides over ever
// smaller copies of the picture; 25 stages compare its brighter and darker rectangles, and each stage throws
// out most of what is no face, so that few windows ever see the later ones.
"use strict";

const NEIGHBOURS = 3; // a face needs more windows than these that agree
const SIMILAR = 0.2; // windows agree when their edges differ by less than this share of their size

/** Lay a cascade out in flat arrays, which are quick to run through; three rectangles to a feature. */
function flatCascade({ size, stages, features, rectangles }) {
  const columns = new Int32Array(features.length * 12); // of a rectangle's four corners
  const rows = new Int32Array(features.length * 12);
  const weights = new Float64Array(features.length * 3);
  rectangles.forEach((list, feature) =>
    list.forEach(([x, y, width, height, weight], place) => {
      columns.set([x, x + width, x, x + width], 12 * feature + 4 * place);
      rows.set([y, y, y + height, y + height], 12 * feature + 4 * place);
      weights[3 * feature + place] = weight;
    }),
  );
  return {
    size,
    counts: Int32Array.from(stages, ([count]) => count),
    limits: Float64Array.from(stages, ([, limit]) => limit),
    votes: Float64Array.from(features.flat()),
    columns,
    rows,
    weights,
  };
}

/**
 * Find upright faces seen from the front.
 *
 * cascade: what flatCascade gave. gray: {width, height, values}, 0..255. smallest: least side of a face in pixels.
 * step: how much smaller each copy is than the last. Returns squares {x, y, side}.
 */
function findFaces(cascade, gray, smallest, step) {
  const windows = [];
  const largest = Math.min(gray.width, gray.height);
  for (let factor = 1; Math.round(cascade.size * factor) <= largest; factor *= step) {
    const side = Math.round(cascade.size * factor);
    if (side < smallest) continue;
    const width = Math.round(gray.width / factor);
    const values = scaled(gray, width, Math.round(gray.height / factor));
    scan(cascade, values, width, factor > 2 ? 1 : 2, (x, y) =>
      windows.push({ x: Math.round(x * factor), y: Math.round(y * factor), side }),
    );
  }
  return agreed(windows);
}

/** Make a picture smaller by bilinear interpolation. */
function scaled({ width, height, values }, newWidth, newHeight) {
  const columns = linear(width, newWidth);
  const result = new Uint8Array(newWidth * newHeight);
  linear(height, newHeight).forEach(({ low, high, share }, row) => {
    for (let column = 0; column < newWidth; column++) {
      const { low: left, high: right, share: part } = columns[column];
      const above = values[low * width + left] * (1 - part) + values[low * width + right] * part;
      const below = values[high * width + left] * (1 - part) + values[high * width + right] * part;
      result[row * newWidth + column] = above * (1 - share) + below * share + 0.5;
    }
  });
  return result;
}

/** For each new pixel of a row: the two old ones that it lies between, and its share of the second. */
function linear(from, to) {
  return Array.from({ length: to }, (_, place) => {
    const at = Math.min(Math.max(((place + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, from - 1), share: at - low };
  });
}

/** Slide the window over one copy of the picture and report each place that every stage takes for a face. */
function scan(cascade, values, width, step, report) {
  const { size } = cascade;
  const height = values.length / width;
  const stride = width + 1;
  const { sums, squares } = integrals(values, width, height);
  const offsets = cascade.columns.map((column, place) => cascade.rows[place] * stride + column);
  const inner = size - 2; // the contrast is measured without the window's rim
  const rim = stride + 1;
  const corners = Int32Array.of(rim, rim + inner, rim + inner * stride, rim + inner * stride + inner);
  for (let y = 0; y <= height - size; y += step) {
    for (let x = 0; x <= width - size; x += step) {
      const at = y * stride + x;
      const sum = sumOf(sums, at, corners, 0);
      const square = sumOf(squares, at, corners, 0);
      const spread = Math.sqrt(inner * inner * square - sum * sum); // area times standard deviation
      if (!(spread > 10 * inner * inner)) continue; // too flat to be a face
      const passed = stagesPassed(cascade, offsets, sums, at, 1 / spread);
      if (passed === cascade.counts.length) report(x, y);
      else if (passed === 0) x += step; // nothing like a face: nor is its neighbour
    }
  }
}

/** Sums of all pixels above and left of each place, so that any rectangle's sum takes four look-ups. */
function integrals(values, width, height) {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  const squares = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let sum = 0;
    let square = 0;
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x];
      sum += value;
      square += value * value;
      const place = (y + 1) * stride + x + 1;
      sums[place] = sums[place - stride] + sum;
      squares[place] = squares[place - stride] + square;
    }
  }
  return { sums, squares };
}

/** Count the stages that a window passes. */
function stagesPassed({ counts, limits, votes, weights }, offsets, sums, at, norm) {
  let feature = 0;
  for (let stage = 0; stage < counts.length; stage++) {
    let total = 0;
    for (const end = feature + counts[stage]; feature < end; feature++) {
      const place = 3 * feature;
      let value = weights[place] * sumOf(sums, at, offsets, 4 * place);
      value += weights[place + 1] * sumOf(sums, at, offsets, 4 * place + 4);
      if (weights[place + 2] !== 0) value += weights[place + 2] * sumOf(sums, at, offsets, 4 * place + 8);
      total += votes[place + (value * norm < votes[place] ? 1 : 2)];
    }
    if (total < limits[stage]) return stage;
  }
  return counts.length;
}

/** Sum the pixels of a rectangle, of which four offsets name the corners. */
function sumOf(sums, at, offsets, place) {
  const above = sums[at + offsets[place]] - sums[at + offsets[place + 1]];
  const below = sums[at + offsets[place + 2]] - sums[at + offsets[place + 3]];
  return above - below;
}

/** Join windows that agree into one face, and drop faces inside better ones. */
function agreed(windows) {
  const groups = [];
  for (const found of windows) {
    const near = groups.filter((group) => group.some((other) => similar(found, other)));
    const joined = [found, ...near.flat()];
    for (const group of near) groups.splice(groups.indexOf(group), 1);
    groups.push(joined);
  }
  const faces = groups
    .filter((group) => group.length > NEIGHBOURS)
    .map((group) => ({ ...mean(group), votes: group.length }));
  return faces.filter((face) => !faces.some((other) => other.votes > face.votes && inside(face, other)));
}

function similar(one, other) {
  const slack = SIMILAR * Math.min(one.side, other.side);
  const ends = [one.x - other.x, one.y - other.y];
  const growth = one.side - other.side;
  return ends.every((end) => Math.abs(end) <= slack && Math.abs(end + growth) <= slack);
}

function mean(group) {
  const average = (name) => Math.round(group.reduce((sum, found) => sum + found[name], 0) / group.length);
  return { x: average("x"), y: average("y"), side: average("side") };
}

function inside(face, other) {
  const slack = Math.round(SIMILAR * other.side);
  return ["x", "y"].every(
    (axis) => face[axis] >= other[axis] - slack && face[axis] + face.side <= other[axis] + other.side + slack,
  );
}

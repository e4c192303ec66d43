// The page: pictures come from the camera or a file, faces are found and named, and the answers are drawn.
"use strict";

const LONGEST_SIDE = 6000; // pixels of a picture from a file; larger ones are made smaller
const FACE_ALONE = 128; // a picture with no longer side, such as one of FER2013, is one face
const READABLE = 640; // pixels; a picture with no longer side is drawn larger, for the sake of the letters in it
const MAYBE_ALONE = 400; // a picture with no longer side may be one face, too
const [DARK, BRIGHT, FLAT] = [8, 180, 5]; // of 255: mean brightness and contrast at which faces are not found
const SMOOTHING_MS = 250; // how slowly the answers follow the camera
const FORGOTTEN_MS = 400; // how long a face stays that is no longer found

const element = (id) => document.getElementById(id);
const view = element("view");
const picture = document.createElement("canvas"); // as it came: not mirrored, nothing drawn on it
const pixels = picture.getContext("2d", { willReadFrequently: true });
const video = document.createElement("video");
video.playsInline = video.muted = true;
let predict; // the network, once it is loaded
let detector; // finds and follows faces
let stream = null; // what the camera sends while it runs
let request = 0; // counts the wishes for a camera, so that an overtaken one can tell

async function main() {
  const evened =
    " It was trained on faces with evened-out contrast (CLAHE), which this page cannot do: its answers are worse here.";
  element("about").textContent = `The network: ${FER_MODEL.about || FER_MODEL.name}.${FER_MODEL.clahe ? evened : ""}`;
  try {
    predict = await loadNetwork(FER_MODEL);
    detector = await loadDetector(FER_FACES);
  } catch (error) {
    return say(`The network cannot be started in this browser: ${error.message ?? error}`, true);
  }
  element("start").disabled = element("file").disabled = false;
  element("start").addEventListener("click", () => (stream ? stopCamera("The camera is off.") : startCamera()));
  element("camera").addEventListener("change", () => startCamera(element("camera").value));
  element("file").addEventListener("change", (event) => showFile(event.target.files[0]).catch(networkTrouble));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    element("stage").classList.add("over");
  });
  document.addEventListener("dragleave", () => element("stage").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    element("stage").classList.remove("over");
    showFile(event.dataTransfer.files[0]).catch(networkTrouble);
  });
  say("Ready.");
}

function say(words, trouble = false) {
  element("status").textContent = words;
  element("status").classList.toggle("trouble", trouble);
}

// ---- the camera

async function startCamera(id) {
  stopCamera("Waiting for the camera …");
  const mine = request;
  const size = { width: { ideal: 640 }, height: { ideal: 480 } };
  let opened;
  try {
    if (!navigator.mediaDevices) throw { name: "insecure" };
    opened = await navigator.mediaDevices.getUserMedia({ video: id ? { ...size, deviceId: { exact: id } } : size });
    if (mine === request) {
      video.srcObject = opened;
      await video.play();
    }
  } catch (error) {
    if (mine === request) stopCamera(cameraTrouble(error), true);
  }
  if (mine !== request) return opened?.getTracks().forEach((track) => track.stop());
  stream = opened;
  const [track] = stream.getVideoTracks();
  track.onended = () => stopCamera("The camera stopped: it may have been unplugged.", true);
  track.onmute = () => say("The camera sends no pictures.", true);
  track.onunmute = () => say("The camera is on.");
  element("start").textContent = "Stop the camera";
  say("The camera is on.");
  listCameras(track.getSettings().deviceId);
  watch(stream).catch(networkTrouble);
}

function cameraTrouble({ name, message }) {
  const words = {
    insecure:
      "Browsers give the camera to secure pages alone: to one at localhost on your own machine, at an https " +
      "address or, most of them, opened as a file.",
    NotAllowedError: "The camera is not allowed. Allow it at the left of the address bar, and start again.",
    NotFoundError: "There is no camera.",
    NotReadableError: "The camera does not answer: another program may be using it.",
    OverconstrainedError: "That camera is gone. Start again for another one.",
  };
  return `${words[name] ?? `The camera cannot be started: ${message}.`} A picture works too.`;
}

function stopCamera(words, trouble = false) {
  request++;
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  video.srcObject = null;
  element("start").textContent = "Start the camera";
  element("speed").textContent = "";
  say(words, trouble);
}

function networkTrouble({ message }) {
  stopCamera(`The network failed: ${message}`, true);
}

async function listCameras(current) {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter((device) => device.kind === "videoinput");
  const options = cameras.map(({ label, deviceId }, place) => new Option(label || `Camera ${place + 1}`, deviceId));
  element("camera").replaceChildren(...options);
  element("camera").value = current;
  element("choice").hidden = cameras.length < 2;
}

/** Look at one frame after the other for as long as this camera runs; frames that come meanwhile are skipped. */
async function watch(watched) {
  const times = [];
  let [searchedAt, size, found, faces] = [-Infinity, "", [], []];
  while (stream === watched) {
    const now = await new Promise(requestAnimationFrame);
    if (stream !== watched || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) continue;
    keep(video, video.videoWidth, video.videoHeight);
    const began = performance.now();
    const image = pixels.getImageData(0, 0, picture.width, picture.height);
    const recent = now - searchedAt < 1000 * FER_FACES.searchEvery && size === `${image.width} x ${image.height}`;
    const followed = recent ? await detector.followFaces(image, found) : [];
    if (!followed.length || followed.length < found.length) {
      found = await detector.findFaces(image);
      [searchedAt, size] = [now, `${image.width} x ${image.height}`];
    } else found = followed;
    found = await named(image, found);
    const took = performance.now() - began;
    if (stream !== watched) return;
    faces = smoothed(faces, found, now);
    show(faces, element("mirror").checked);
    times.push(now);
    while (times[0] < now - 2000) times.shift();
    const rate = times.length > 1 ? (1000 * (times.length - 1)) / (now - times[0]) : 0;
    element("speed").textContent = `${rate.toFixed(0)} frames/s, ${took.toFixed(0)} ms each`;
  }
}

/** Let probabilities and boxes follow slowly, and keep a face for a moment that is not found in one frame. */
function smoothed(before, found, now) {
  const left = [...before];
  const faces = found.map((face) => {
    const place = left.findIndex((old) => overlap(old, face) > 0.3);
    if (place < 0) return { ...face, seen: now };
    const [old] = left.splice(place, 1);
    const share = 1 - Math.exp((old.seen - now) / SMOOTHING_MS);
    const mix = (from, to) => from + share * (to - from);
    const box = Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, mix(old[name], face[name])]));
    const probabilities = face.probabilities.map((value, label) => mix(old.probabilities[label], value));
    return { ...face, ...box, probabilities, seen: now };
  });
  return [...faces, ...left.filter((old) => now - old.seen < FORGOTTEN_MS)];
}

// ---- a picture from a file

async function showFile(file) {
  if (!file || !predict) return;
  element("file").value = ""; // so that the same file can be chosen again
  stopCamera("Looking …");
  let bitmap;
  const mine = request;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    if (mine === request) say(`${file.name} is no picture that this browser can read.`, true);
    return;
  }
  if (mine !== request) return bitmap.close();
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  keep(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  bitmap.close();
  const alone = Math.max(picture.width, picture.height) <= FACE_ALONE;
  const faces = await recognise(!alone);
  if (mine !== request) return;
  show(faces, false);
  if (alone) say(`One face: a picture of at most ${FACE_ALONE} pixels is taken for one as a whole.`);
  else if (faces.length) say(faces.length === 1 ? "One face." : `${faces.length} faces.`);
  else say(`No face is found. ${searched()} ${advice()}`);
}

/** Say from which size on faces were looked for. */
function searched() {
  const { width, height } = picture;
  const coarse = Math.min(FER_FACES.longest / Math.max(width, height), 1);
  const smallest = Math.round(FER_FACES.smallest / Math.max(coarse, Math.min(FER_FACES.fine, 1)));
  return `Faces from ${smallest} pixels wide on were looked for, in a picture of ${width} x ${height} pixels.`;
}

/** Say what may help in this picture; turned, tilted and blurred faces are found, so that nothing is said of these. */
function advice() {
  const { data } = pixels.getImageData(0, 0, picture.width, picture.height);
  const step = 4 * Math.max(1, Math.round(data.length / 4e5)); // a hundred thousand pixels will do
  let [count, sum, squares] = [0, 0, 0];
  for (let place = 0; place < data.length; place += step) {
    const gray = 0.299 * data[place] + 0.587 * data[place + 1] + 0.114 * data[place + 2];
    [count, sum, squares] = [count + 1, sum + gray, squares + gray * gray];
  }
  const mean = sum / count;
  if (mean < DARK) return "It is almost black: more light helps.";
  if (Math.sqrt(Math.max(squares / count - mean * mean, 0)) < FLAT) return "It has hardly any contrast.";
  if (mean > BRIGHT) return "It is very bright: less light, or a shorter exposure, helps if a face looks white in it.";
  if (Math.max(picture.width, picture.height) <= MAYBE_ALONE)
    return `If it is one face as a whole, make it at most ${FACE_ALONE} pixels large: then it is taken for one.`;
  const hidden = "Faces that are covered or seen from behind are not found";
  const large = Math.max(picture.width, picture.height) > FER_FACES.longest;
  return large ? `${hidden}; smaller ones can be, in a part that is cut out of it.` : `${hidden}.`;
}

// ---- from pixels to answers

/** Take over a frame or picture; what is transparent becomes white. */
function keep(source, width, height) {
  [picture.width, picture.height] = [width, height];
  pixels.fillStyle = "#fff";
  pixels.fillRect(0, 0, width, height);
  pixels.drawImage(source, 0, 0, width, height);
}

/** Name the emotions of all faces of a picture, or of one that is a face; gives {x, y, width, height, probabilities, ...}. */
async function recognise(search) {
  const { width, height } = picture;
  const image = pixels.getImageData(0, 0, width, height);
  if (search) return named(image, await detector.findFaces(image));
  const side = Math.min(width, height);
  return named(image, [{ x: (width - side) >> 1, y: (height - side) >> 1, width: side, height: side }], 1);
}

async function named(image, faces, sides = FER_FACES.side) {
  const probabilities = await predict(faces.map((face) => cutOut(image, { angle: 0, ...face }, sides)));
  return faces.map((face, place) => ({ ...face, probabilities: probabilities[place] }));
}

// ---- what one sees

function show(faces, mirrored) {
  const turned = faces.map((face) => ({ ...face, x: mirrored ? picture.width - face.x - face.width : face.x }));
  const onScreen = inReadingOrder(turned, FER_FACES.row);
  element("hint").hidden = true;
  draw(onScreen, mirrored);
  list(onScreen);
}

function draw(faces, mirrored) {
  const times = Math.ceil(READABLE / Math.max(picture.width, picture.height));
  [view.width, view.height] = [times * picture.width, times * picture.height];
  const context = view.getContext("2d");
  if (mirrored) context.setTransform(-1, 0, 0, 1, view.width, 0);
  context.drawImage(picture, 0, 0, view.width, view.height);
  context.resetTransform();
  // Letters are as large as the page's, however many pixels the picture has
  const shrunk = Math.max(view.width / view.clientWidth, view.height / view.clientHeight);
  const letter = shrunk * parseFloat(getComputedStyle(document.body).fontSize);
  context.font = `600 ${letter}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  faces.forEach(({ x, y, width: across, height: down, probabilities }, place) => {
    const emotion = FER_MODEL.emotions[best(probabilities)];
    for (const [color, width] of [["#000", 0.5], ["#fff", 0.4], [FER_MODEL.colors[emotion], 0.25]]) {
      context.strokeStyle = color; // black and white around the colour stand out from any picture
      context.lineWidth = width * letter;
      context.strokeRect(times * x, times * y, times * across, times * down);
    }
    const words = title(faces, place);
    const top = Math.max(0, times * y - 1.5 * letter);
    const width = context.measureText(words).width + letter;
    const start = Math.max(0, Math.min(times * x, view.width - width));
    context.fillStyle = "#000";
    context.fillRect(start, top, width, 1.5 * letter);
    context.fillStyle = "#fff";
    context.fillText(words, start + 0.5 * letter, top + 0.8 * letter);
  });
}

/** Fill a card for each face; cards are kept from frame to frame, so that nothing flickers. */
function list(faces) {
  const cards = element("faces");
  while (cards.children.length > faces.length) cards.lastElementChild.remove();
  while (cards.children.length < faces.length) cards.append(newCard());
  faces.forEach(({ x, y, width, height, probabilities, confidence }, place) => {
    const card = cards.children[place];
    const top = best(probabilities);
    Object.assign(card.dataset, { emotion: FER_MODEL.emotions[top], box: [x, y, width, height].map(Math.round) });
    card.querySelector("h2").textContent = title(faces, place);
    const sure = `The detector is ${(100 * confidence).toFixed(0)} % sure that this is a face.`;
    card.querySelector(".sure").textContent = confidence ? sure : "The whole picture is taken for a face.";
    card.querySelectorAll("dt").forEach((name, label) => name.classList.toggle("top", label === top));
    card.querySelectorAll(".bar").forEach((bar, label) => (bar.style.width = `${100 * probabilities[label]}%`));
    card.querySelectorAll(".percent").forEach((percent, label) => {
      percent.textContent = `${(100 * probabilities[label]).toFixed(0)} %`;
      percent.dataset.probability = probabilities[label];
    });
  });
}

function newCard() {
  const card = element("face").content.firstElementChild.cloneNode(true);
  for (const emotion of FER_MODEL.emotions) {
    const [name, track, percent] = ["dt", "dd", "dd"].map((tag) => document.createElement(tag));
    const bar = document.createElement("div");
    name.textContent = emotion;
    track.className = "track";
    bar.className = "bar";
    bar.style.background = FER_MODEL.colors[emotion];
    percent.className = "percent";
    track.append(bar);
    card.querySelector("dl").append(name, track, percent);
  }
  return card;
}

/** What a face is called: its number where there are several, and its most probable emotion. */
function title(faces, place) {
  const { probabilities } = faces[place];
  const top = best(probabilities);
  const number = faces.length > 1 ? `${place + 1}: ` : "";
  return `${number}${FER_MODEL.emotions[top]} ${(100 * probabilities[top]).toFixed(0)} %`;
}

function best(probabilities) {
  return probabilities.indexOf(Math.max(...probabilities));
}

main();

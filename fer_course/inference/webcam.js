// The browser's half of the webcam widget; camera.js goes before it. It shows a camera, a picture or the sample video,
// sends frames to Python as fast as they are answered, and draws what was answered.

const PICTURE = { width: 4000, quality: 0.95 }; // as FILM, of one picture, which may show a whole class
const ROW = 0.5; // faces whose middles differ by less, in their heights, stand in one row
const SLOW = 100; // ms that Python takes for a frame
const STALLED = 5000; // ms without a new frame of the camera
const OTHERWISE = "A picture and the sample video need no camera.";
const DRAWING = "Python is drawing the sample video.";
const UNREADABLE = "This file is no picture that the browser can read. Take a JPEG or PNG file.";

const PAGE = `
  <p>Press Start camera and your browser asks for permission. Frames go from this browser to the notebook's
  Python and are forgotten there: <strong>nothing is stored</strong>. (In Colab and on a server, that Python runs
  on another computer.) Ask everybody in the picture first.</p>
  <div class="controls" role="group" aria-label="Webcam">
    <button type="button" data-part="start">Start camera</button>
    <button type="button" data-part="stop" disabled>Stop</button>
    <button type="button" data-part="snapshot" disabled>Save snapshot</button>
    <label><input type="checkbox" data-part="mirror"> Mirror</label>
    <label data-part="choice" hidden>Camera <select data-part="camera"></select></label>
    <button type="button" data-part="open">Open a picture</button>
    <input type="file" accept="image/*" aria-label="Picture" data-part="file" hidden>
    <button type="button" data-part="sample">Sample video</button>
  </div>
  <p role="status" data-part="status"></p>
  <p class="network">Network: <span data-part="network"></span></p>
  <div class="stage" data-part="stage" hidden>
    <canvas role="img" aria-label="The picture, with a box around every face" data-part="canvas"></canvas>
    <div class="results" role="region" aria-label="Results" tabindex="0">
      <p class="numbers" data-part="numbers"></p>
      <p data-part="nobody"></p>
      <ol aria-label="Faces, row by row from the left" data-part="faces"></ol>
    </div>
  </div>`;

// ---- What can be shown: each has width, height, stop(), moves unless it is one picture, and frame(now), which gives an
// image and its number; a new frame has a new number

async function openPicture(file) {
  const image = await createImageBitmap(file).catch(() => {
    throw new Error(UNREADABLE);
  });
  return { width: image.width, height: image.height, frame: () => ({ image, number: 0 }), stop: () => image.close() };
}

async function openFrames(jpegs, framesPerSecond) {
  const images = await Promise.all(jpegs.map((jpeg) => createImageBitmap(new Blob([jpeg]))));
  const { width, height } = images[0];
  const frame = (now) => {
    const number = Math.floor((now / 1000) * framesPerSecond);
    return { image: images[number % images.length], number };
  };
  return { moves: true, width, height, frame, stop: () => images.forEach((image) => image.close()) };
}

// ---- What is drawn

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

function inkOn(color) {
  const [red, green, blue] = [1, 3, 5].map((start) => (parseInt(color.slice(start, start + 2), 16) / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "black" : "white";
}

// Sort faces as people in a photograph are named: row by row, each from the left.
function inReadingOrder(faces) {
  const middle = ({ box: [, top, , height] }) => top + height / 2;
  const rows = [];
  for (const face of [...faces].sort((one, other) => middle(one) - middle(other))) {
    const first = rows.at(-1)?.[0];
    const apart = first && middle(face) - middle(first);
    if (first && apart <= ROW * Math.max(face.box[3], first.box[3])) rows.at(-1).push(face);
    else rows.push([face]);
  }
  return rows.flatMap((row) => row.sort((one, other) => one.box[0] - other.box[0]));
}

// Turn the answer's faces as the picture is turned, put them in reading order and name them.
function placed(faces, mirrored) {
  const turned = faces.map(({ box: [left, top, width, height], ...face }) => ({
    ...face,
    box: [mirrored ? 1 - left - width : left, top, width, height],
  }));
  return inReadingOrder(turned).map((face, place) => {
    const label = `${face.emotion} ${percent(Math.max(...face.probabilities))}`;
    return { ...face, label: turned.length > 1 ? `${place + 1}: ${label}` : label };
  });
}

// Say how sure the detector is; Haar's cascade counts boxes instead, and without a detector there is nothing to say.
function sureness({ box: [left, top, width, height], face_confidence: sure }) {
  if (left === 0 && top === 0 && width === 1 && height === 1) return "The whole picture is taken for a face.";
  return sure > 1
    ? `${sure} boxes of the detector agree that this is a face.`
    : `The detector is ${percent(sure)} sure that this is a face.`;
}

function drawFace(canvas, { box: [left, top, width, height], emotion, label }, color) {
  const context = canvas.getContext("2d");
  const [x, y, w, h] = [left * canvas.width, top * canvas.height, width * canvas.width, height * canvas.height];
  const line = Math.max(2 * devicePixelRatio, canvas.width / 200);
  for (const [style, thick] of [[inkOn(color), 2 * line], [color, line]]) {
    Object.assign(context, { strokeStyle: style, lineWidth: thick });
    context.strokeRect(x, y, w, h);
  }
  const letters = Math.max(15 * devicePixelRatio, canvas.width / 28);
  Object.assign(context, { font: `600 ${letters}px system-ui, sans-serif`, textBaseline: "middle" });
  const wide = context.measureText(label).width + letters;
  const labelX = Math.max(0, Math.min(x, canvas.width - wide));
  const labelY = Math.max(0, y - 1.4 * letters);
  context.fillStyle = color;
  context.fillRect(labelX, labelY, wide, 1.4 * letters);
  context.fillStyle = inkOn(color);
  context.fillText(label, labelX + letters / 2, labelY + 0.72 * letters);
}

function listFaces(list, faces, colors) {
  const names = Object.keys(colors);
  while (list.children.length > faces.length) list.lastElementChild.remove();
  while (list.children.length < faces.length) {
    const bars = names.map(
      (name) => `<div class="bar"><span>${name}</span><i style="--color: ${colors[name]}"></i><b></b></div>`
    );
    list.insertAdjacentHTML("beforeend", `<li><h4></h4>${bars.join("")}<p class="sure"></p></li>`);
  }
  faces.forEach((face, place) => {
    const { box, label, probabilities } = face;
    const item = list.children[place];
    item.dataset.box = box.map((share) => share.toFixed(3)).join(" ");
    item.querySelector("h4").textContent = label;
    item.querySelector(".sure").textContent = sureness(face);
    item.querySelectorAll(".bar").forEach((bar, emotion) => {
      bar.querySelector("i").style.setProperty("--share", probabilities[emotion]);
      bar.querySelector("b").textContent = percent(probabilities[emotion]);
    });
  });
}

// ---- The widget

// Show something and have it recognised, one frame after another; gives a function that ends it.
function play({ shown, parts, colors, isMirrored, ask, fail }) {
  const { frame, camera, moves } = shown;
  const scratch = document.createElement("canvas");
  const answered = []; // {at, took, python} of the last two seconds, in ms
  let faces = [];
  let seen, sent; // numbers of the last frame seen and the last one sent
  let seenAt = performance.now();
  let countedAt = 0;
  let outdated = false; // what is drawn; a film shows an answer with its next frame
  let underway = 0; // frames that are not answered yet
  let room = 1; // for so many
  let running = true;

  function tick(now) {
    if (!running) return;
    requestAnimationFrame(tick);
    recogniseNext();
    const { image, number } = frame(now);
    if (number !== seen) [seen, seenAt, outdated] = [number, now, true];
    if (outdated) draw(image);
    if (camera && now - seenAt > STALLED) fail(WORDS.stalled);
  }

  async function recogniseNext() {
    const now = performance.now();
    const { image, number } = frame(now);
    if (underway >= room || number === sent) return;
    sent = number;
    underway += 1;
    try {
      const jpeg = jpegOf(image, shown.width, shown.height, scratch, moves ? FILM : PICTURE);
      const answer = await ask({ kind: "frame", time: moves ? now / 1000 : null }, [jpeg]);
      if (!running) return;
      faces = placed(answer.faces, isMirrored());
      listFaces(parts.faces, faces, colors);
      const from = `Faces from ${Math.round(answer.smallest * shown.width)} pixels wide on were looked for`;
      const size = `${shown.width} x ${shown.height}`;
      parts.nobody.textContent = faces.length ? "" : `No face is found. ${from}, in a picture of ${size}.`;
      count(performance.now(), now, answer.milliseconds);
      underway -= 1;
      // While a quick Python works, the next frame travels. With a slow one it would only wait there and grow old.
      room = answer.milliseconds < SLOW ? 2 : 1;
      outdated = !moves;
      recogniseNext();
    } catch (error) {
      fail(error.message);
    }
  }

  function count(at, takenAt, python) {
    answered.push({ at, took: at - takenAt, python });
    while (at - answered[0].at > 2000) answered.shift();
    if (at - countedAt < 500) return; // numbers that change faster cannot be read
    countedAt = at;
    const mean = (name) => answered.reduce((sum, one) => sum + one[name], 0) / answered.length;
    const rate = (1000 * (answered.length - 1)) / (at - answered[0].at);
    const speed = moves && answered.length > 1 ? `${rate.toFixed(0)} frames/s, ` : "";
    parts.numbers.textContent = `${speed}${mean("took").toFixed(0)} ms (Python ${mean("python").toFixed(0)} ms)`;
  }

  function draw(image) {
    outdated = false;
    drawPicture(parts.canvas, shown.width / shown.height, image, isMirrored());
    faces.forEach((face) => drawFace(parts.canvas, face, colors[face.emotion]));
  }

  requestAnimationFrame(tick);
  return () => {
    running = false;
  };
}

function render({ model, el }) {
  const parts = filled(el, PAGE);
  const colors = model.get("colors");
  parts.network.textContent = model.get("network");
  const ask = askPython(model);
  let shown = null; // the camera, picture or video
  let end = () => {};
  let run = 0; // counts what was started, so that what was stopped while it opened is not shown

  function stop(words = "") {
    run += 1;
    end();
    shown?.stop();
    shown = null;
    end = () => {};
    parts.stage.hidden = parts.stop.disabled = parts.snapshot.disabled = true;
    parts.canvas.width = 0; // wipes it
    listFaces(parts.faces, [], colors);
    parts.numbers.textContent = parts.nobody.textContent = "";
    parts.status.textContent = words;
  }

  async function start(open, words = "") {
    stop(words);
    const mine = run;
    const fail = (trouble) => mine === run && stop(trouble);
    parts.stop.disabled = false;
    try {
      const opened = await open();
      if (mine !== run) return opened.stop();
      shown = opened;
      parts.stage.hidden = parts.snapshot.disabled = false;
      parts.status.textContent = "";
      if (shown.camera) {
        shown.camera.onended = () => fail(WORDS.unplugged);
        listCameras();
      }
      const isMirrored = () => Boolean(opened.camera && model.get("mirror"));
      end = play({ shown, parts, colors, isMirrored, ask, fail });
    } catch (error) {
      fail(error.message);
    }
  }

  const startCamera = () => start(() => openCamera(parts.camera.value, OTHERWISE), WORDS.asking);

  async function listCameras() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const cameras = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId); // named once allowed
    const chosen = shown?.camera?.getSettings().deviceId ?? parts.camera.value;
    parts.camera.replaceChildren(
      ...cameras.map(({ deviceId, label }) => new Option(label, deviceId, false, deviceId === chosen))
    );
    parts.choice.hidden = cameras.length < 2;
  }

  async function openSample() {
    const { buffers, frames_per_second } = await ask({ kind: "sample" });
    return openFrames(buffers, frames_per_second);
  }

  function saveSnapshot() {
    parts.canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `webcam-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.png`;
      link.click();
      parts.status.textContent = `Your browser saves ${link.download} where it keeps what it downloads.`;
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  function showMirror() {
    parts.mirror.checked = model.get("mirror");
  }

  parts.start.onclick = startCamera;
  parts.camera.onchange = startCamera;
  parts.stop.onclick = () => stop();
  parts.snapshot.onclick = saveSnapshot;
  parts.sample.onclick = () => start(openSample, DRAWING);
  parts.open.onclick = () => parts.file.click();
  parts.file.onchange = () => {
    const [file] = parts.file.files;
    parts.file.value = ""; // so that the same file can be taken again
    if (file) start(() => openPicture(file));
  };
  parts.mirror.onchange = () => {
    model.set("mirror", parts.mirror.checked);
    model.save_changes();
  };
  model.on("change:mirror", showMirror);
  navigator.mediaDevices?.addEventListener?.("devicechange", listCameras);
  showMirror();

  return () => {
    navigator.mediaDevices?.removeEventListener?.("devicechange", listCameras);
    stop();
  };
}

export default { render };

// What the widgets with a camera share: their parts, opening the camera, encoding and drawing a frame, asking Python.

const FILM = { width: 480, quality: 0.8 }; // pixels at most, and of its JPEGs: as much as travels 30 times a second
const SILENT = 10000; // ms without an answer of Python, whose first one may take some seconds

const WORDS = {
  asking: "Waiting for the camera. The browser may be asking you whether this page may use it.",
  insecure:
    "This page came over plain http, and browsers give such a page no camera. Open the notebook on your own " +
    "computer (http://localhost) or over https, or ask your teacher.",
  host:
    "This program does not let a notebook use the camera; VS Code is one of those. Open the notebook in " +
    "JupyterLab in a browser.",
  denied:
    "The browser was told not to give the camera. Allow it with the camera sign in the address bar, or in the " +
    "computer's privacy settings, and press Start camera again.",
  none: "No camera was found. Plug one in and press Start camera again.",
  taken:
    "There is a camera, but it gives no picture; another program may be using it. Close that program and press " +
    "Start camera again.",
  unplugged: "The camera is gone: it was unplugged or switched off. Plug it in and press Start camera again.",
  stalled: "The camera has sent no picture for 5 seconds. Is it unplugged, or used by another program?",
  silent:
    "Python does not answer. If it is busy with another cell, wait for that and start again. If the kernel was " +
    "restarted, run the cells again.",
};

// Fill a widget with its page, and give the parts of it by their names.
function filled(el, page) {
  el.classList.add("fer-webcam");
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take Enter for itself
  el.innerHTML = page;
  return Object.fromEntries([...el.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
}

// Open a camera; what can be done without one stands behind the reason why there is none.
async function openCamera(deviceId, otherwise) {
  if (!window.isSecureContext) throw new Error(`${WORDS.insecure} ${otherwise}`);
  const forbidden = document.featurePolicy?.allowsFeature("camera") === false;
  if (forbidden || !navigator.mediaDevices?.getUserMedia) throw new Error(`${WORDS.host} ${otherwise}`);
  const wanted = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
  const constraints = { video: { ...wanted, width: { ideal: 640 }, height: { ideal: 480 } }, audio: false };
  const stream = await navigator.mediaDevices.getUserMedia(constraints).catch((error) => {
    throw new Error(`${cameraTrouble(error)} ${otherwise}`);
  });
  const [track] = stream.getVideoTracks();
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
  await video.play();
  return {
    camera: track,
    moves: true,
    get width() { return video.videoWidth; }, // another one when a telephone is turned
    get height() { return video.videoHeight; },
    // Where a browser does not count a camera's frames, every look at it is a new one
    frame: () => ({ image: video, number: video.getVideoPlaybackQuality().totalVideoFrames || video.currentTime }),
    stop: () => track.stop(),
  };
}

function cameraTrouble({ name, message }) {
  if (name === "NotAllowedError") return WORDS.denied;
  if (name === "NotFoundError" || name === "OverconstrainedError") return WORDS.none;
  if (name === "NotReadableError" || name === "AbortError") return WORDS.taken;
  return name === "SecurityError" ? WORDS.host : `${name}: ${message}`;
}

function drawPicture(canvas, aspect, image, mirrored) {
  const wide = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  const high = Math.round(wide / aspect);
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? wide : 0, 0);
  context.drawImage(image, 0, 0, wide, high);
  context.resetTransform();
}

function askPython(model) {
  const waiting = new Map();
  model.on("msg:custom", (answer, buffers) => {
    const { resolve, reject } = waiting.get(answer.id) ?? {}; // another view of this widget may have asked
    waiting.delete(answer.id);
    if (answer.error) reject?.(new Error(answer.error));
    else resolve?.({ ...answer, buffers });
  });
  return (question, buffers = []) =>
    new Promise((resolve, reject) => {
      const id = Math.random();
      const giveUp = () => waiting.delete(id) && reject(new Error(WORDS.silent));
      waiting.set(id, { resolve, reject });
      setTimeout(giveUp, SILENT);
      try {
        model.send({ ...question, id }, undefined, buffers);
      } catch {
        giveUp(); // JupyterLab knows that the kernel was restarted
      }
    });
}

function jpegOf(image, width, height, canvas, { width: widest, quality }) {
  const scale = Math.min(1, widest / width);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white"; // behind a picture that is partly transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  // toBlob would wait for the browser to be idle, up to 200 ms
  const code = atob(canvas.toDataURL("image/jpeg", quality).split(",")[1]);
  const jpeg = new Uint8Array(code.length);
  for (let place = 0; place < code.length; place += 1) jpeg[place] = code.charCodeAt(place);
  return jpeg.buffer;
}

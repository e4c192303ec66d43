// The browser's half of the collector; camera.js goes before it. It counts down, sends frames one after another until
// enough faces were found in them, and shows what was taken.

const OTHERWISE = "Without a camera, go on: a drawn person stands in.";
const COUNTDOWN = 3; // seconds to make the face
const EVERY = 200; // ms from one frame to the next, so that no two are alike
const AGAIN = 1000; // ms until Python, which was busy, is asked again
const PATIENCE = 3; // times as long as it should take, until it is given up

const PAGE = `
  <p>Choose an emotion, make that face when the countdown ends, and move your head a little while it counts. Frames go from
  this browser to the notebook's Python, which keeps the cut-out faces <strong>in its memory alone</strong>; they are gone when
  you press Forget all or end the kernel. (In Colab and on a server, that Python runs on another computer.)</p>
  <div class="controls" role="group" aria-label="Camera">
    <button type="button" data-part="start">Start camera</button>
    <button type="button" data-part="stop" disabled>Stop</button>
    <label>Sitting <select data-part="sitting"><option value="0">first</option><option value="1">second</option></select></label>
    <button type="button" data-part="forget">Forget all</button>
  </div>
  <div class="controls" role="group" aria-label="Emotions" data-part="emotions">
    <button type="button" data-part="all" disabled>All seven</button>
  </div>
  <p role="status" data-part="status"></p>
  <canvas role="img" aria-label="The camera's picture" data-part="canvas" hidden></canvas>
  <div aria-label="Faces that were taken; press one to throw it away" role="region" data-part="strips"></div>`;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function render({ model, el }) {
  const parts = filled(el, PAGE);
  const colors = model.get("colors");
  const ask = askPython(model);
  const scratch = document.createElement("canvas");
  const taken = []; // {number, emotion, sitting, url}
  let camera = null;
  let closed = false;
  let run = 0; // counts what was started, so that what was stopped meanwhile ends

  const sitting = () => Number(parts.sitting.value);
  const say = (words) => (parts.status.textContent = words);
  const count = (emotion) => taken.filter((one) => one.emotion === emotion && one.sitting === sitting()).length;

  const buttons = Object.entries(colors).map(([emotion, color]) => {
    parts.all.insertAdjacentHTML("beforebegin", `<button type="button" disabled style="--color: ${color}"></button>`);
    const button = parts.all.previousElementSibling;
    button.onclick = () => collect([emotion]);
    return [emotion, button];
  });

  function show() {
    for (const [emotion, button] of buttons) button.textContent = `${emotion} ${count(emotion)}`;
    parts.strips.replaceChildren();
    for (const { number, emotion, url } of taken.filter((one) => one.sitting === sitting())) {
      const name = `Throw away this face, ${emotion}`;
      parts.strips.insertAdjacentHTML(
        "beforeend",
        `<button type="button" class="crop" title="${name}"><img alt="${name}" src="${url}" style="--color: ${colors[emotion]}"></button>`
      );
      parts.strips.lastElementChild.onclick = () => remove(number);
    }
  }

  function keep({ crops, buffers }) {
    crops.forEach((crop, place) => {
      if (taken.some((one) => one.number === crop.number)) return;
      const url = URL.createObjectURL(new Blob([buffers[place]], { type: "image/jpeg" }));
      taken.push({ ...crop, url });
    });
    show();
  }

  // What was taken before the widget is shown anew; after "Run all", Python answers when the last cell has run.
  function remember() {
    ask({ kind: "all" }).then(keep, () => closed || setTimeout(remember, AGAIN));
  }

  async function remove(number) {
    await ask({ kind: "remove", number });
    const [gone] = taken.splice(taken.findIndex((one) => one.number === number), 1);
    URL.revokeObjectURL(gone.url);
    show();
  }

  function forgotten() {
    stop("All faces are forgotten.");
    taken.splice(0).forEach(({ url }) => URL.revokeObjectURL(url));
    show();
  }

  function stop(words = "") {
    run += 1;
    camera?.stop();
    camera = null;
    parts.canvas.hidden = parts.stop.disabled = true;
    parts.canvas.width = 0; // wipes it
    setFree(false);
    say(words);
  }

  function setFree(free) {
    for (const [, button] of buttons) button.disabled = !free;
    parts.all.disabled = !free;
    parts.sitting.disabled = Boolean(camera && !free); // while faces are taken
  }

  async function start() {
    stop(WORDS.asking);
    const mine = run;
    parts.stop.disabled = false;
    try {
      const opened = await openCamera("", OTHERWISE);
      if (mine !== run) return opened.stop();
      camera = opened;
      camera.camera.onended = () => stop(WORDS.unplugged);
      parts.canvas.hidden = false;
      setFree(true);
      say("Choose an emotion, or all seven.");
      const tick = () => {
        if (camera !== opened) return;
        drawPicture(parts.canvas, camera.width / camera.height, camera.frame(0).image, true);
        requestAnimationFrame(tick);
      };
      tick();
    } catch (error) {
      if (mine === run) stop(error.message);
    }
  }

  // Take the crops of some emotions, one after the other.
  async function collect(emotions) {
    const mine = run;
    const wanted = model.get("crops");
    setFree(false);
    for (const emotion of emotions) {
      for (let second = COUNTDOWN; second > 0 && mine === run; second -= 1) {
        say(`${emotion}: in ${second}`);
        await wait(1000);
      }
      const ends = performance.now() + PATIENCE * wanted * EVERY;
      let [found, trouble] = [0, ""];
      while (mine === run && found < wanted && performance.now() < ends) {
        say(`${emotion}: ${found} of ${wanted}${trouble && `. ${trouble}`}`);
        const jpeg = jpegOf(camera.frame(0).image, camera.width, camera.height, scratch, FILM);
        const pause = wait(EVERY);
        try {
          keep(await ask({ kind: "take", emotion, sitting: sitting() }, [jpeg]));
          [found, trouble] = [found + 1, ""];
        } catch (error) {
          trouble = error.message;
        }
        await pause;
      }
      if (mine !== run) return;
      if (found < wanted) {
        setFree(true);
        return say(`${emotion}: ${found} of ${wanted}, then it took too long. ${trouble}`);
      }
    }
    setFree(true);
    say(`${emotions.join(", ")}: done. ${sitting() ? "" : "For the second sitting stand up, change the light, and come back."}`);
  }

  parts.start.onclick = start;
  parts.stop.onclick = () => stop();
  parts.all.onclick = () => collect(Object.keys(colors));
  parts.sitting.onchange = show;
  parts.forget.onclick = () => ask({ kind: "forget" }).catch((error) => say(error.message));
  model.on("msg:custom", (message) => message.forgotten && forgotten()); // a cell of the notebook may ask for it as well
  show();
  remember();
  return () => {
    closed = true;
    stop();
  };
}

export default { render };

// Draws every chart of the page as wide as its room, and again when the room has become another.
const { charts, datasets } = JSON.parse(document.getElementById("charts").textContent);

async function draw(name) {
  const room = document.querySelector(`#chart-${name} .drawing`);
  const spec = structuredClone(charts[name]);
  spec.datasets = { [spec.data.name]: datasets[spec.data.name] };
  const width = room.clientWidth;
  if (spec.facet) {
    spec.columns = width < 560 ? 1 : 2;
    spec.spec.width = width / spec.columns - 70;
  } else {
    spec.width = width - (spec.layer ? 24 : 64);
  }
  spec.config.legend.columns = width < 380 ? 1 : 2;
  await vegaEmbed(room, spec, { renderer: "svg", actions: false, tooltip: { disableDefaultStyle: true } });
}

const shown = Object.keys(charts).filter((name) => document.getElementById(`chart-${name}`));
const drawAll = () => Promise.all(shown.map(draw));
drawAll().then(() => {
  document.body.dataset.drawn = shown.length;
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== width) {
      width = window.innerWidth;
      drawAll();
    }
  });
});

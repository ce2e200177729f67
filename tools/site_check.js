// What a reader would stumble over on a page, as a list of texts; `tools/site_check.py` runs it.
() => {
  const faults = [];

  for (const image of document.querySelectorAll("article img")) {
    const name = image.getAttribute("src");
    const shown = image.checkVisibility();
    if (shown && !(image.complete && image.naturalWidth > 0)) faults.push(`image ${name} is not there`);
    if (!image.alt.trim()) faults.push(`image ${name} has no alternative text`);
  }

  const wide = document.scrollingElement.scrollWidth - window.innerWidth;
  if (wide > 1) faults.push(`the page is ${wide} pixels wider than the window`);

  for (const code of document.querySelectorAll("article .highlight pre > code")) {
    const box = code.closest(".highlight");
    if (box.checkVisibility() && !box.querySelector("button")) faults.push("a block of code cannot be copied");
  }

  // WCAG 2.2, 1.4.3: 4.5, and 3 for text of 24 pixels, or of 18.66 in bold.
  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) =>
    0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const over = (front, back) => {
    const a = front[3] ?? 1;
    return [0, 1, 2].map((at) => front[at] * a + back[at] * (1 - a));
  };
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour.length && (colour[3] ?? 1) > 0) layers.push(colour);
      if (colour.length && (colour[3] ?? 1) === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255]);
  };
  const looked = new Set();
  const seen = new Set();
  const walk = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim()) continue;
    // What has these names inside of each other looks alike.
    let names = "";
    for (let each = element, depth = 0; each && depth < 4; each = each.parentElement, depth += 1) {
      names += ` ${each.tagName}.${each.className}`;
    }
    if (looked.has(names)) continue;
    looked.add(names);
    if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    if (element.closest("svg, .headerlink, .mermaid")) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const front = over(numbers(style.color), back);
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const kind = `${element.tagName.toLowerCase()}.${element.className}`;
    if (ratio < (large ? 3 : 4.5) && !seen.has(kind)) {
      seen.add(kind);
      faults.push(`contrast ${ratio.toFixed(2)} of ${kind}: "${walk.currentNode.data.trim().slice(0, 30)}"`);
    }
  }
  return faults;
}

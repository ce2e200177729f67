// Loads mermaid on the pages that have a diagram: it is 3 MB, and most have none. The theme would
// load it from the network where it is not there yet, so it has to come before the theme looks.
{
  const here = document.currentScript.src;
  if (document.querySelector("pre.mermaid")) {
    document.write(`<script src="${new URL("mermaid.min.js", here)}"></script>`);
  }
}

// How long a text is as a reader counts: grapheme clusters (UAX #29) and terminal cells, as the server counts them.

const SEGMENTER = globalThis.Intl?.Segmenter ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

// What takes two cells: East Asian Width W and F (UAX #11), in the blocks where all of it does, and emoji.
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Regional_Indicator}|[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}])|\ufe0f/u;

/** What a chat line and a name may have (docs/WIRE.md, 1). */
export const CHAT_CHARACTERS = 300;
export const NAME_CELLS = 24;

/** @returns {string[]} the text in parts that a reader takes for one character each */
export function clusters(text) {
  return SEGMENTER ? Array.from(SEGMENTER.segment(text), ({ segment }) => segment) : Array.from(text);
}

/** @returns {number} how many terminal cells it takes */
export function cellWidth(text) {
  return clusters(text).reduce((width, cluster) => width + (WIDE.test(cluster) ? 2 : /^\p{M}+$/u.test(cluster) ? 0 : 1), 0);
}

/**
 * As much of the beginning as fits: whole characters.
 * @param {string} text
 * @param {number} most characters
 * @param {number} [cells]
 */
export function begin(text, most, cells = Infinity) {
  if (text.length <= most && 2 * text.length <= cells) return text;
  let [kept, width] = ["", 0];
  for (const cluster of clusters(text)) {
    width += cellWidth(cluster);
    if (most-- <= 0 || width > cells) break;
    kept += cluster;
  }
  return kept;
}

/**
 * Keep a field from being longer than that. `maxlength` counts UTF-16 units, of which one emoji may have a dozen.
 * @param {HTMLInputElement} field
 * @param {number} most characters
 * @param {number} [cells]
 */
export function limit(field, most, cells) {
  const cut = (event) => {
    if (event.isComposing) return; // not decided yet
    const fit = begin(field.value, most, cells);
    if (fit !== field.value) field.value = fit;
  };
  field.addEventListener("input", cut);
  field.addEventListener("compositionend", cut);
}

/**
 * Draws a terminal's text as an SVG picture: `tidings events --color always … | node
 * scripts/picture.js TITLE [dark|light [LINES]] >x.svg`. Reads UTF-8 with SGR colours (16, 256 and 24-bit) and bold,
 * dim, italic and underline.
 */
import { readFileSync } from 'node:fs';
import stringWidth from 'string-width';

/** Pixels. */
const CELL = { width: 8.4, height: 19 };
const PADDING = 16;
const BAR = 34;

/** The 16 colours of a terminal. */
const PALETTE = [
  ...['#3b4048', '#f47067', '#7bc275', '#d9a343', '#6cb6ff', '#dcbdfb', '#4fc1c0', '#c9d1d9'],
  ...['#6e7681', '#ff938a', '#a5e39b', '#f0c674', '#96d0ff', '#eedcff', '#7fdbda', '#ffffff'],
];

/** Text and background of a terminal. */
const THEMES = {
  dark: { text: '#c9d1d9', background: '#161b22', border: 'none' },
  light: { text: '#1f2328', background: '#ffffff', border: '#d0d7de' },
};

const [title = 'terminal', themeName = 'dark', most = 1000] = process.argv.slice(2);
const theme = THEMES[themeName];
let style = {};
// A line can begin in the style of the one before, so all are read.
const rows = readFileSync(0, 'utf8').trimEnd().split('\n').map(spansOf).slice(-most);
const columns = Math.max(...rows.map((spans) => spans.reduce((sum, { text }) => sum + stringWidth(text), 0)));
process.stdout.write(picture());

/** Splits a line into runs of one style; a style lasts beyond the end of its line. */
function spansOf(line) {
  const spans = [];
  for (const [i, part] of line.split('\x1b').entries()) {
    const [, codes, text] = i === 0 ? ['', '', part] : (/^\[([\d;]*)m(.*)$/.exec(part) ?? []);
    if (i > 0 && codes !== undefined) style = restyled(style, codes.split(';').map(Number));
    if (text) spans.push({ ...style, text });
  }
  return spans;
}

function restyled(style, codes) {
  let next = { ...style };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 0) next = {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 39) delete next.color;
    else if (code >= 30 && code <= 37) next.color = PALETTE[code - 30];
    else if (code >= 90 && code <= 97) next.color = PALETTE[code - 82];
    else if (code === 38 && codes[i + 1] === 5) next.color = indexed(codes[(i += 2)]);
    else if (code === 38 && codes[i + 1] === 2) {
      next.color = `rgb(${codes.slice(i + 2, i + 5).join(',')})`;
      i += 4;
    }
  }
  return next;
}

/** A colour of the 256: the 16, a cube of six steps, grey. */
function indexed(index) {
  if (index < 16) return PALETTE[index];
  if (index >= 232)
    return `rgb(${Array(3)
      .fill(8 + (index - 232) * 10)
      .join(',')})`;
  const step = (value) => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return `rgb(${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(step).join(',')})`;
}

function picture() {
  const width = Math.ceil(columns * CELL.width + 2 * PADDING);
  const height = rows.length * CELL.height + 2 * PADDING + BAR;
  const dots = ['#ff5f57', '#febc2e', '#28c840']
    .map((fill, i) => `<circle cx="${20 + i * 18}" cy="17" r="6" fill="${fill}"/>`)
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<rect width="100%" height="100%" rx="8" fill="${theme.background}" stroke="${theme.border}"/>
${dots}<text x="50%" y="22" text-anchor="middle" font-family="sans-serif" font-size="13" fill="#8b949e">${escaped(title)}</text>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="${theme.text}">
${rows.map(row).join('\n')}
</g>
</svg>
`;
}

function row(spans, index) {
  const y = BAR + PADDING + index * CELL.height + 10;
  let column = 0;
  return spans
    .map(({ text, color, bold, dim, italic, underline }) => {
      const x = (PADDING + column * CELL.width).toFixed(1);
      const cells = stringWidth(text);
      column += cells;
      const styles = [
        color && ` fill="${color}"`,
        bold && ' font-weight="bold"',
        dim && ' opacity="0.6"',
        italic && ' font-style="italic"',
        underline && ' text-decoration="underline"',
      ];
      if (text.trim() === '') return '';
      return `<text x="${x}" y="${y}" textLength="${(cells * CELL.width).toFixed(1)}" lengthAdjust="spacingAndGlyphs"${styles.filter(Boolean).join('')}>${escaped(text)}</text>`;
    })
    .join('');
}

function escaped(text) {
  // Spaces would collapse.
  return text
    .replaceAll(' ', '\u00a0')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

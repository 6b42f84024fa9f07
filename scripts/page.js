/**
 * Builds the page into `dist/page/`: its files as a daemon serves them, and one file with all parts
 * and a place for data.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

const FILES = ['index.html', 'page.css', 'icon.svg'];

export async function buildPage(outdir = join(root, 'dist/page')) {
  const { build } = await import('rolldown');
  mkdirSync(outdir, { recursive: true });
  const { output } = await build({
    cwd: root,
    input: { page: 'page/main.tsx' },
    platform: 'browser',
    tsconfig: join(root, 'page/tsconfig.json'),
    resolve: { alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js') } },
    transform: { target: 'es2022' },
    output: { dir: outdir, format: 'esm', entryFileNames: 'page.js', minify: true, comments: false },
  });
  const source = (name) => readFileSync(join(root, 'page', name), 'utf8');
  const files = Object.fromEntries(FILES.map((name) => [name, source(name)]));
  files['page.css'] = shortened(files['page.css']);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(outdir, name), text);
  writeFileSync(join(outdir, 'single.html'), single(output[0].code, files));
  return output;
}

/** Removes comments, and spaces that CSS does not need. */
function shortened(css) {
  return css
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/\s*\n\s*/g, '')
    .replaceAll(/ ?([{};]) ?/g, '$1');
}

/** The whole page in one file. Its policy allows this script and this style only, and no request. */
function single(script, { 'page.css': css, 'icon.svg': icon }) {
  const code = script.replaceAll('</script', '<\\/script');
  const sum = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = [
    ...["default-src 'none'", `script-src ${sum(code)}`, `style-src ${sum(css)}`, 'img-src data:'],
    ...[
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ],
  ];
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">\n<title>tidings</title>',
    `<link rel="icon" href="data:image/svg+xml;base64,${Buffer.from(icon).toString('base64')}">`,
    `<style>${css}</style>\n</head>\n<body><noscript>This page needs JavaScript.</noscript>`,
    '<script type="application/x-ndjson" id="data">\n@@data@@</script>',
    `<script type="module">${code}</script>\n</body>\n</html>\n`,
  ].join('\n');
}

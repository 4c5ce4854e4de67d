/** Plots of an evaluation as SVG: no script, no font or file of others. Lines differ by dashes too, for a grey print. @module */
import { figureAt, figureText } from '#client/evaluate/figures';
import type { Curve, CurveLine, MethodReport, NamedConfusion } from '#client/evaluate/types';
import type { Measure } from '#client/methods/types';
import { colourOf } from './colours.ts';
import { escaped } from './html.ts';

/** Pixels of a plot's own area, and what is around it. */
const size = { width: 320, height: 220 };
const around = { left: 48, top: 14, bottom: 40, right: 12 };
const dashes = ['', '7 3', '2 3', '9 3 2 3', '1 4'];
const inks = ['#3b528b', '#21918c', '#a8325e', '#8a6d00', '#5b5b5b'];

/** A line chart with its legend. */
export function lineChart({ title, x, y, lines }: Curve): string {
  const points = lines.flatMap((line) => line.points);
  const [fromX, toX] = [Math.min(...points.map(([at]) => at), 0), Math.max(...points.map(([at]) => at), 1)];
  const toY = Math.max(...points.map(([, at]) => at), 1);
  const placed = ([atX, atY]: readonly [number, number]): string =>
    `${round(around.left + ((atX - fromX) / (toX - fromX)) * size.width)},${round(around.top + (1 - atY / toY) * size.height)}`;
  const drawn = lines.map(
    (line, i) => `<polyline points="${line.points.map(placed).join(' ')}" fill="none" ${stroke(i)}/>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const grid = ticks.flatMap((share) => {
    const [atX, atY] = [around.left + share * size.width, around.top + (1 - share) * size.height];
    return [
      `<line x1="${around.left}" x2="${around.left + size.width}" y1="${round(atY)}" y2="${round(atY)}" stroke="#ddd"/>`,
      `<text x="${around.left - 6}" y="${round(atY + 4)}" text-anchor="end">${round(share * toY)}</text>`,
      `<text x="${round(atX)}" y="${around.top + size.height + 16}" text-anchor="middle">${round(fromX + share * (toX - fromX))}</text>`,
    ];
  });
  const [width, height] = [around.left + size.width + around.right, around.top + size.height + around.bottom];
  const axes = `<text x="${around.left + size.width / 2}" y="${height - 6}" text-anchor="middle">${escaped(x)}</text>`;
  const svg = `<svg role="img" aria-label="${escaped(title)}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${grid.join('')}${drawn.join('')}${axes}</svg>`;
  return `<figure><figcaption><b>${escaped(title)}</b> (${escaped(y)})</figcaption>${svg}${legend(lines)}</figure>`;
}

function legend(lines: readonly CurveLine[]): string {
  const items = lines.map(
    ({ name }, i) =>
      `<li><svg width="34" height="10"><line x1="0" x2="34" y1="5" y2="5" ${stroke(i)}/></svg> ${escaped(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

function stroke(i: number): string {
  const dash = dashes[i % dashes.length]!; // within the list
  return `stroke="${inks[i % inks.length]!}" stroke-width="2"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
}

const bar = { label: 300, width: 300, height: 26 };

/** A bar for each measure that the pairs define, guessing as a mark across it. */
export function measureBars(measures: readonly Measure[], { figures, chance }: MethodReport): string {
  const known = measures.flatMap((measure) => {
    const value = figureAt(figures, measure.path);
    return value === null ? [] : [{ measure, value, guess: figureAt(chance, measure.path) }];
  });
  const rows = known.map(({ measure: { title, scale }, value, guess }, i) => {
    const most = Math.max(1, value, guess ?? 0);
    const [y, length] = [i * bar.height, (Math.max(0, value) / most) * bar.width];
    const at = guess === null ? null : bar.label + (Math.max(0, guess) / most) * bar.width;
    const mark =
      at === null ? '' : `<line x1="${round(at)}" x2="${round(at)}" y1="${y + 2}" y2="${y + 22}" stroke="#000" stroke-width="2" stroke-dasharray="3 2"/>`; // prettier-ignore
    const said = `${figureText(value, scale)}${guess === null ? '' : ` (chance ${figureText(guess, scale)})`}`;
    return `<text x="${bar.label - 8}" y="${y + 16}" text-anchor="end">${escaped(title)}</text><rect x="${bar.label}" y="${y + 4}" width="${round(length)}" height="16" fill="#3b7ea1"/>${mark}<text x="${bar.label + bar.width + 8}" y="${y + 16}">${escaped(said)}</text>`;
  });
  const [width, height] = [bar.label + bar.width + 150, known.length * bar.height];
  return `<figure><figcaption><b>Measures</b> (dashed: chance)</figcaption><svg role="img" aria-label="Measures" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${rows.join('')}</svg></figure>`;
}

/** A table of counts, the more of a row the darker. */
export function confusionTable({ classes, counts }: NamedConfusion): string {
  const C = classes.length;
  const head = classes.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const rows = classes.map((name, actual) => {
    const row = counts.slice(actual * C, (actual + 1) * C);
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count) => {
      const share = total === 0 ? 0 : count / total;
      const [red, green, blue] = colourOf(1 - share);
      return `<td style="background:rgb(${red},${green},${blue});color:${share > 0.45 ? '#fff' : '#000'}">${count}</td>`;
    });
    return `<tr><th scope="row">${escaped(name)}</th>${cells.join('')}</tr>`;
  });
  return `<figure><figcaption><b>Confusion</b> (rows: actual, columns: predicted)</figcaption><table class="confusion"><tr><td></td>${head}</tr>${rows.join('')}</table></figure>`;
}

function round(value: number): string {
  return Number(value.toFixed(2)).toString();
}

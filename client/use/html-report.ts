/**
 * An evaluation as one HTML file: plots beside figures, nothing loaded from elsewhere, nothing that runs. Images and
 * reports are in it only as examples, which the caller gives for phantoms alone.
 *
 * @module
 */
import type { MethodReport } from '#client/evaluate/types';
import type { Measure } from '#client/methods/types';
import { escaped } from './html.ts';
import { confusionTable, lineChart, measureBars } from './plots.ts';

/** What a page is about. */
export interface ReportPage {
  readonly title: string;
  /** Name and value, shown on top. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly measures: readonly Measure[];
  readonly report: MethodReport;
  /** Of a phantom, never of patients. */
  readonly examples: readonly ShownExample[];
}

/** An image that was asked, with the reports that it found. */
export interface ShownExample {
  readonly png: Uint8Array;
  readonly report: string;
  readonly found: readonly { readonly report: string; readonly own: boolean }[];
  readonly rank: number;
}

const style = `
body { font: 15px/1.45 system-ui, sans-serif; color: #111; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
figure { margin: 1.2rem 1.5rem 1.2rem 0; display: inline-block; vertical-align: top; }
figcaption { margin-bottom: .4rem; } svg text { font-size: 12px; fill: #111; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; } dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
.legend { list-style: none; padding: 0; margin: .3rem 0; } .confusion { border-collapse: collapse; } .confusion td, .confusion th { padding: .35rem .6rem; text-align: right; }
.example { display: flex; gap: 1rem; margin: 1rem 0; align-items: flex-start; } .example img { width: 128px; height: 128px; object-fit: contain; } .example p, .example ol { margin: 0 0 .4rem; } .own { font-weight: bold; }
footer { color: #555; margin-top: 2rem; border-top: 1px solid #ccc; padding-top: .6rem; }
@media print { body { max-width: none; margin: 0; } }`;

/** The page. */
export function htmlReport({ title, facts, measures, report, examples }: ReportPage): string {
  const { curves = [], confusion } = report.details ?? {};
  const plots = [measureBars(measures, report), ...curves.map(lineChart), ...(confusion === undefined ? [] : [confusionTable(confusion)])]; // prettier-ignore
  const about = facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<dl>${about}</dl>
${plots.join('\n')}
${exampleSection(examples)}
<footer>These figures are of this site's own pairs. The file stays inside the hospital.</footer>
</body>
</html>
`;
}

function exampleSection(examples: readonly ShownExample[]): string {
  if (examples.length === 0) return '';
  return `<h2>Examples from a phantom: images and reports of nobody</h2>\n${examples.map(shown).join('\n')}`;
}

function shown({ png, report, found, rank }: ShownExample): string {
  const items = found.map((one) => `<li${one.own ? ' class="own"' : ''}>${escaped(one.report)}</li>`).join('');
  const data = Buffer.from(png).toString('base64');
  return `<div class="example"><img alt="" src="data:image/png;base64,${data}"><div><p>${escaped(report)}</p><p>Its own report is at place ${rank}. Found:</p><ol>${items}</ol></div></div>`;
}

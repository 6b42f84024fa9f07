/** Plots as SVG, drawn without a browser. */
import * as echarts from 'echarts';

/** One line of a plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** True if both axes are logarithmic. */
  readonly logarithmic?: boolean;
  readonly series: readonly Series[];
}

export function svgOf({ title, x, y, logarithmic = false, series }: Plot): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 720, height: 420 });
  const axis = (name: string): object => ({
    name,
    type: logarithmic ? 'log' : 'value',
    nameLocation: 'middle',
    nameGap: name === y ? 64 : 28,
  });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: title, left: 'center' },
    legend: { bottom: 0 },
    grid: { left: 90, right: 30, top: 50, bottom: 80 },
    xAxis: axis(x),
    yAxis: axis(y),
    series: series.map(({ name, points }) => ({ name, type: 'line', data: points })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/* Charts that can be zoomed, smoothed and switched to a logarithmic axis, in place of the static plots, drawn when they
 * come into view. Nothing that a log says is ever made into markup: textContent alone. */
(function () {
  'use strict';
  var WINDOWS = [0, 5, 11, 21, 51, 101];
  var charts = [];

  function style(name) {
    return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  }

  function element(tag, parent, className, text) {
    var e = document.createElement(tag);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    if (parent) parent.appendChild(e);
    return e;
  }

  function number(v) {
    if (v === null || v === undefined || isNaN(v)) return '\u2013';
    return String(Number(v.toPrecision(5)));
  }

  /* A tick of an axis: 0.05, 1500, 20k, 1.5M, 1e-5. */
  function tick(v) {
    var size = Math.abs(v), unit = size >= 1e12 ? 0 : size >= 1e9 ? 3 : size >= 1e6 ? 2 : size >= 1e4 ? 1 : 0;
    if (size && (size < 1e-3 || size >= 1e12)) return v.toExponential(2).replace(/\.?0+e/, 'e').replace('e+', 'e');
    return String(Number((v / Math.pow(1000, unit)).toPrecision(4))) + ['', 'k', 'M', 'G'][unit];
  }

  /* A colour of the page (#rrggbb), let through. */
  function faint(color) {
    return 'rgba(' + [1, 3, 5].map(function (i) { return parseInt(color.substr(i, 2), 16); }).join(',') + ',0.3)';
  }

  /* A running mean over the window's points to both sides; what is not a number does not count. */
  function smooth(y, width) {
    var half = (width - 1) / 2, sums = [0], counts = [0], out = [];
    for (var i = 0; i < y.length; i++) {
      sums.push(sums[i] + (y[i] === null ? 0 : y[i]));
      counts.push(counts[i] + (y[i] === null ? 0 : 1));
    }
    for (i = 0; i < y.length; i++) {
      var a = Math.max(0, i - half), b = Math.min(y.length, i + half + 1), n = counts[b] - counts[a];
      out.push(n && y[i] !== null ? (sums[b] - sums[a]) / n : null);
    }
    return out;
  }

  /* One row for each x of any series, several where a series has the x again. null is a gap in the data of one series
   * (dygraphs: NaN), no entry a point of another one alone (dygraphs: null). */
  function rowsOf(columns) {
    var rows = new Map();
    columns.forEach(function (column, c) {
      var seen = new Map();
      column.x.forEach(function (x, i) {
        var times = seen.get(x) || 0, key = x + '/' + times, row = rows.get(key);
        seen.set(x, times + 1);
        if (!row) {
          row = [x];
          for (var k = 0; k < columns.length; k++) row.push(null);
          rows.set(key, row);
        }
        row[c + 1] = column.y[i] === null ? NaN : column.y[i];
      });
    });
    return Array.from(rows.values()).sort(function (a, b) { return a[0] - b[0]; });
  }

  function Chart(figure) {
    this.figure = figure;
    this.data = JSON.parse(figure.querySelector('script.data').textContent);
    this.logarithmic = this.data.log;
    this.chosen = this.data.series.some(function (s) { return s.m; }) ? 1 : 0; /* of many points a mean says more */
    this.width = WINDOWS[this.chosen];
    this.hidden = this.data.series.map(function () { return false; });
  }

  Chart.prototype.columns = function () {
    var width = this.width, raw = [], smoothed = [];
    this.data.series.forEach(function (s) {
      raw.push({x: s.x, y: s.y});
      smoothed.push(width ? {x: s.mx || s.x, y: smooth(s.m || s.y, width)} : {x: [], y: []});
    });
    return raw.concat(smoothed);
  };

  Chart.prototype.options = function () {
    var self = this, n = this.data.series.length, colors = [], labels = [this.data.x], series = {};
    for (var k = 0; k < 2 * n; k++) {
      labels.push('s' + k);
      var color = style('c' + this.data.series[k % n].color);
      colors.push(k < n && this.width ? faint(color) : color);
      series['s' + k] = {strokeWidth: k >= n ? 1.8 : this.width ? 1 : 1.4,
                         drawPoints: k < n && !this.width && this.data.series[k].x.length < 40, pointSize: 2.5};
    }
    return {
      file: rowsOf(this.columns()), labels: labels, colors: colors, series: series, logscale: this.logarithmic,
      visibility: labels.slice(1).map(function (label, k) { return !self.hidden[k % n]; }),
      connectSeparatedPoints: true, legend: 'never', gridLineColor: style('line'), axisLineColor: style('line'),
      xlabel: this.data.x, xLabelHeight: 18, yRangePad: 8, xRangePad: 6, animatedZooms: false,
      axes: {x: {axisLabelFormatter: tick, axisLabelWidth: 64}, y: {axisLabelFormatter: tick, axisLabelWidth: 56}},
      highlightCircleSize: 3.5,
      underlayCallback: function (context, area, graph) { self.shade(context, area, graph); },
      highlightCallback: function (event, x, points) { self.say(x, points); },
      unhighlightCallback: function () { self.say(null, []); }
    };
  };

  /* Findings: shades over their steps, lines at single steps, their numbers on top. */
  Chart.prototype.shade = function (context, area, graph) {
    var last = -100;
    this.data.bands.forEach(function (band) {
      var color = style(band.level);
      var a = band.a === null ? area.x : graph.toDomXCoord(band.a);
      var b = band.b === null ? area.x + area.w : graph.toDomXCoord(band.b);
      a = Math.max(a, area.x);
      b = Math.min(b, area.x + area.w);
      if (b < area.x || a > area.x + area.w) return;
      context.save();
      context.fillStyle = color;
      context.globalAlpha = 0.1;
      context.fillRect(a, area.y, Math.max(b - a, 0), area.h);
      context.globalAlpha = 0.75;
      context.fillRect(a - 0.75, area.y, 1.5, area.h);
      context.globalAlpha = 1;
      context.font = '700 11px system-ui, sans-serif';
      context.textAlign = 'center';
      var x = Math.min(Math.max(a + 10, last + 20), area.x + area.w - 10);
      last = x;
      context.beginPath();
      context.arc(x, area.y + 10, 8.5, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = style('paper');
      context.fillText(String(band.n), x, area.y + 14);
      context.restore();
    });
  };

  Chart.prototype.say = function (x, points) {
    var n = this.data.series.length, outputs = this.outputs;
    outputs.forEach(function (o) { o.textContent = ''; });
    this.at.textContent = x === null ? '' : this.data.x + ' ' + x;
    points.forEach(function (p) {
      var k = Number(p.name.slice(1));
      if (p.yval === null || isNaN(p.yval)) return;
      if (k < n || !outputs[k % n].textContent) outputs[k % n].textContent = number(p.yval);
    });
  };

  Chart.prototype.update = function () { this.graph.updateOptions(this.options()); };

  Chart.prototype.tools = function () {
    var self = this, box = element('div', this.figure.querySelector('figcaption'), 'tools');
    var label = element('label', box, '', 'smoothing'), range = element('input', label);
    range.type = 'range';
    range.min = 0;
    range.max = WINDOWS.length - 1;
    range.value = this.chosen;
    range.addEventListener('input', function () {
      self.width = WINDOWS[range.value];
      self.update();
    });
    var log = element('button', box, '', 'log');
    log.type = 'button';
    log.setAttribute('aria-pressed', String(this.logarithmic));
    log.addEventListener('click', function () {
      self.logarithmic = !self.logarithmic;
      log.setAttribute('aria-pressed', String(self.logarithmic));
      self.update();
    });
    var reset = element('button', box, '', 'whole run');
    reset.type = 'button';
    reset.title = 'Drag over the chart to zoom in';
    reset.addEventListener('click', function () { self.graph.resetZoom(); });
  };

  Chart.prototype.legend = function () {
    var self = this, box = element('div', null, 'legend');
    this.figure.insertBefore(box, this.figure.querySelector('.static'));
    this.outputs = this.data.series.map(function (s, k) {
      var entry = element('span', box), button = element('button', entry);
      button.type = 'button';
      button.setAttribute('aria-pressed', 'true');
      element('i', button).style.background = 'var(--c' + s.color + ')';
      button.appendChild(document.createTextNode(s.name));
      button.addEventListener('click', function () {
        self.hidden[k] = !self.hidden[k];
        button.setAttribute('aria-pressed', String(!self.hidden[k]));
        self.update();
      });
      return element('output', entry);
    });
    this.at = element('span', box, 'at');
  };

  Chart.prototype.draw = function () {
    if (this.graph) return;
    this.tools();
    this.legend();
    var live = element('div', null, 'live'), options = this.options(), rows = options.file;
    this.figure.insertBefore(live, this.figure.querySelector('.static'));
    this.figure.classList.add('drawn');
    delete options.file;
    this.graph = new Dygraph(live, rows, options);
  };

  /* Shows the steps of a finding, with a quarter of their length to both sides. */
  Chart.prototype.zoom = function (n) {
    var band = this.data.bands.find(function (b) { return b.n === n; });
    this.draw();
    if (!band || band.a === null || band.b === null || band.a >= band.b) return;
    var ends = this.graph.xAxisExtremes(), room = (band.b - band.a) / 4;
    this.graph.updateOptions({dateWindow: [Math.max(ends[0], band.a - room), Math.min(ends[1], band.b + room)]});
  };

  function start() {
    if (typeof Dygraph === 'undefined') return;
    document.querySelectorAll('figure.chart').forEach(function (figure) {
      if (figure.querySelector('script.data')) charts.push(new Chart(figure));
    });
    var observer = typeof IntersectionObserver === 'undefined' ? null : new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        observer.unobserve(entry.target);
        charts.find(function (c) { return c.figure === entry.target; }).draw();
      });
    }, {rootMargin: '300px'});
    charts.forEach(function (c) {
      if (!observer || c.figure.getBoundingClientRect().top < innerHeight) c.draw();
      else observer.observe(c.figure);
    });
    document.querySelectorAll('a.to-chart').forEach(function (a) {
      a.addEventListener('click', function () {
        var chart = charts.find(function (c) { return '#' + c.figure.id === a.getAttribute('href'); });
        if (chart) chart.zoom(Number(a.closest('.finding').querySelector('.pin').textContent));
      });
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () {
      charts.forEach(function (c) { if (c.graph) c.update(); });
    });
  }

  start();
})();

#include "calibrate/roofline.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/quantity_text.h"
#include "base/svg_text.h"

namespace plimsoll::calibrate {
namespace {

// What arithmetic and memory allow at that intensity; nothing where the roof has no bandwidth.
std::optional<double> ceiling(const Roofs& roofs, double intensity) {
  if (!roofs.bandwidth) return std::nullopt;
  const double by_memory = *roofs.bandwidth * intensity;
  return roofs.compute ? std::min(by_memory, *roofs.compute) : by_memory;
}

// Whole decades that hold everything drawn, as exponents of ten.
struct LogRange {
  double low = 0.0;
  double high = 1.0;

  static LogRange around(const std::vector<double>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    LogRange range{.low = std::floor(std::log10(*low)), .high = std::ceil(std::log10(*high))};
    if (range.high <= range.low) range.high = range.low + 1.0;
    return range;
  }
  double share(double value) const {
    return std::clamp((std::log10(value) - low) / (high - low), 0.0, 1.0);
  }
  double at(double share) const { return std::pow(10.0, low + share * (high - low)); }
};

struct Axes {
  LogRange intensity;
  LogRange flops;
};

Axes axes_of(const Roofline& roofline) {
  std::vector<double> intensities = {0.1};
  std::vector<double> flops;
  for (const RooflinePoint& point : roofline.points) {
    intensities.push_back(point.intensity);
    flops.push_back(point.flops);
  }
  for (const Roofs& roofs : {roofline.measured, roofline.datasheet}) {
    if (roofs.bandwidth && roofs.compute)
      intensities.push_back(2.0 * *roofs.compute / *roofs.bandwidth);  // right of the ridge
  }
  Axes axes{.intensity = LogRange::around(intensities), .flops = {}};
  for (const Roofs& roofs : {roofline.measured, roofline.datasheet})
    for (const double share : {0.0, 1.0})
      if (const auto top = ceiling(roofs, axes.intensity.at(share))) flops.push_back(*top);
  axes.flops = LogRange::around(flops);
  return axes;
}

std::string flops_text(double flops) {
  return print(FlopPerSecond(flops));
}

// ----- terminal

constexpr int plot_rows = 16;
constexpr int label_width = 13;

class Canvas {
 public:
  explicit Canvas(int columns)
      : columns_(columns),
        cells_(plot_rows, std::vector<std::string>(static_cast<std::size_t>(columns), " ")) {}

  int column(double share) const {
    return static_cast<int>(std::lround(share * static_cast<double>(columns_ - 1)));
  }
  static int row(double share) {
    return plot_rows - 1 - static_cast<int>(std::lround(share * (plot_rows - 1)));
  }
  void put(int column, int row, const std::string& glyph) {
    cells_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = glyph;
  }
  std::string line(int row) const {
    std::string text;
    for (const std::string& cell : cells_[static_cast<std::size_t>(row)]) text += cell;
    return text;
  }
  int columns() const { return columns_; }

 private:
  int columns_;
  std::vector<std::vector<std::string>> cells_;
};

void draw_roof(Canvas& canvas, const Axes& axes, const Roofs& roofs, const std::string& glyph) {
  for (int column = 0; column < canvas.columns(); ++column) {
    const double share = static_cast<double>(column) / (canvas.columns() - 1);
    if (const auto top = ceiling(roofs, axes.intensity.at(share)))
      canvas.put(column, Canvas::row(axes.flops.share(*top)), glyph);
  }
}

std::string row_label(const Axes& axes, int row) {
  if (row % 5 != 0) return std::string(label_width, ' ');
  const double share = 1.0 - static_cast<double>(row) / (plot_rows - 1);
  const std::string text = print(FlopPerSecond(axes.flops.at(share)), 2);
  const auto padding =
      static_cast<std::size_t>(std::max(0, label_width - 1 - static_cast<int>(text.size())));
  return std::string(padding, ' ') + text + " ";
}

// ----- SVG

constexpr double plot_left = 110.0;
constexpr double plot_top = 60.0;
constexpr double plot_width = 640.0;
constexpr double plot_height = 380.0;
constexpr double picture_width = 1060.0;
constexpr double picture_height = 520.0;

// Colours after Okabe and Ito, told apart by all kinds of colour vision.
constexpr std::string_view svg_style = R"(<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 } .faint { fill: #59636e }
.page { fill: #ffffff } .grid { stroke: #d9dee3; fill: none }
.roof { stroke: #0072b2; stroke-width: 2; fill: none }
.stated { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 6 4; fill: none }
.point { fill: #d55e00 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .faint { fill: #9198a1 }
.page { fill: #0d1117 } .grid { stroke: #2b3138 }
.roof { stroke: #56b4e9 } .stated { stroke: #9198a1 } .point { fill: #f0883e }
}
</style>
)";

class RooflinePicture {
 public:
  RooflinePicture(const Roofline& roofline, double top)
      : roofline_(roofline), axes_(axes_of(roofline)), top_(top + plot_top) {}

  std::string draw() const {
    return text_at(plot_left, top_ - 32.0, "start", "title", roofline_.title) +
           text_at(plot_left, top_ - 12.0, "start", "faint",
                   "line: measured, dashed: datasheet; FLOP/s over FLOP per byte") +
           grid() + roof(roofline_.datasheet, "stated") + roof(roofline_.measured, "roof") +
           points();
  }

 private:
  double x_at(double share) const { return plot_left + share * plot_width; }
  double y_at(double share) const { return top_ + (1.0 - share) * plot_height; }

  static std::string text_at(double x, double y, const char* anchor, const char* cls,
                             const std::string& content) {
    return "<text x=\"" + svg_number(x) + "\" y=\"" + svg_number(y) + "\" text-anchor=\"" + anchor +
           "\" class=\"" + cls + "\">" + svg_text(content) + "</text>\n";
  }

  std::string grid() const {
    std::string lines;
    std::string labels;
    for (double e = axes_.intensity.low; e <= axes_.intensity.high; e += 1.0) {
      const double x = x_at(axes_.intensity.share(std::pow(10.0, e)));
      lines += "M" + svg_number(x) + " " + svg_number(top_) + "v" + svg_number(plot_height);
      labels += text_at(x, top_ + plot_height + 20.0, "middle", "faint",
                        print_number(std::pow(10.0, e), 1));
    }
    for (double e = axes_.flops.low; e <= axes_.flops.high; e += 1.0) {
      const double y = y_at(axes_.flops.share(std::pow(10.0, e)));
      lines += "M" + svg_number(plot_left) + " " + svg_number(y) + "h" + svg_number(plot_width);
      labels += text_at(plot_left - 8.0, y + 4.0, "end", "faint", flops_text(std::pow(10.0, e)));
    }
    return "<path class=\"grid\" d=\"" + lines + "\"/>\n" + labels;
  }

  std::string roof(const Roofs& roofs, const char* cls) const {
    if (!roofs.bandwidth) return {};
    std::vector<double> corners = {axes_.intensity.at(0.0)};
    if (roofs.compute) {
      const double ridge = *roofs.compute / *roofs.bandwidth;
      if (ridge > corners.front() && ridge < axes_.intensity.at(1.0)) corners.push_back(ridge);
    }
    corners.push_back(axes_.intensity.at(1.0));
    std::string path;
    for (const double intensity : corners)
      path += (path.empty() ? "M" : "L") + svg_number(x_at(axes_.intensity.share(intensity))) +
              " " + svg_number(y_at(axes_.flops.share(*ceiling(roofs, intensity))));
    return std::string("<path class=\"") + cls + "\" d=\"" + path + "\"/>\n";
  }

  std::string points() const {
    std::string svg;
    double legend = top_ + 8.0;
    for (std::size_t i = 0; i < roofline_.points.size(); ++i) {
      const RooflinePoint& point = roofline_.points[i];
      const std::string what = point.name + ": " + flops_text(point.flops);
      svg += "<circle class=\"point\" r=\"4\" cx=\"" +
             svg_number(x_at(axes_.intensity.share(point.intensity))) + "\" cy=\"" +
             svg_number(y_at(axes_.flops.share(point.flops))) + "\"><title>" + svg_text(what) +
             "</title></circle>\n";
      // As many as stand beside the picture; the others have their title.
      if (legend > top_ + plot_height) continue;
      svg += text_at(plot_left + plot_width + 20.0, legend, "start", "faint", what);
      legend += 17.0;
    }
    return svg;
  }

  const Roofline& roofline_;
  Axes axes_;
  double top_;
};

}  // namespace

bool Roofline::drawable() const {
  return !points.empty() && (measured.bandwidth || datasheet.bandwidth);
}

Roofline roofline_of(const ComparedBackend& compared) {
  Roofline roofline{
      .title = compared.backend->device.empty() ? compared.backend->id : compared.backend->device,
      .measured = compared.measured,
      .datasheet = compared.datasheet,
      .points = {}};
  using Name = std::tuple<std::string, std::string, std::string>;
  std::map<Name, const PointResult*> largest;
  std::vector<Name> order;
  for (const PointResult& point : compared.backend->points) {
    const KernelCase& of = point.kernel_case;
    if (point.status != PointStatus::measured || !(of.work.flop > 0.0 && of.work.bytes > 0.0))
      continue;
    const Name name{of.family, of.format, of.variant};
    const auto [slot, fresh] = largest.try_emplace(name, &point);
    if (fresh) order.push_back(name);
    if (work_of(of) > work_of(slot->second->kernel_case)) slot->second = &point;
  }
  for (const Name& name : order) {
    const PointResult& point = *largest.at(name);
    const Work& work = point.kernel_case.work;
    std::string text = std::get<0>(name);
    for (const std::string& part : {std::get<1>(name), std::get<2>(name)})
      if (!part.empty()) text += " " + part;
    roofline.points.push_back({.name = std::move(text),
                               .intensity = work.flop / work.bytes,
                               .flops = work.flop / point.times.median});
  }
  return roofline;
}

std::string roofline_letter(std::size_t index) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return std::string(1, letters[std::min(index, letters.size() - 1)]);
}

std::vector<std::string> roofline_lines(const Roofline& roofline, int width, bool unicode) {
  if (!roofline.drawable()) return {};
  const Axes axes = axes_of(roofline);
  Canvas canvas(std::max(20, width - label_width - 1));
  draw_roof(canvas, axes, roofline.datasheet, unicode ? "·" : ".");
  draw_roof(canvas, axes, roofline.measured, unicode ? "─" : "-");
  for (std::size_t i = 0; i < roofline.points.size(); ++i)
    canvas.put(canvas.column(axes.intensity.share(roofline.points[i].intensity)),
               Canvas::row(axes.flops.share(roofline.points[i].flops)), roofline_letter(i));
  std::vector<std::string> lines;
  for (int row = 0; row < plot_rows; ++row)
    lines.push_back(row_label(axes, row) + (unicode ? "│" : "|") + canvas.line(row));
  const std::string left = print_number(axes.intensity.at(0.0), 2);
  const std::string right = print_number(axes.intensity.at(1.0), 2) + " FLOP/B";
  const int gap = canvas.columns() - static_cast<int>(left.size() + right.size());
  lines.push_back(std::string(label_width + 1, ' ') + left +
                  std::string(static_cast<std::size_t>(std::max(1, gap)), ' ') + right);
  return lines;
}

std::string roofline_svg(const std::vector<Roofline>& rooflines) {
  std::vector<const Roofline*> drawn;
  for (const Roofline& each : rooflines)
    if (each.drawable()) drawn.push_back(&each);
  const double height =
      picture_height * static_cast<double>(std::max<std::size_t>(1, drawn.size()));
  const std::string size = svg_number(picture_width) + " " + svg_number(height);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
                    svg_number(picture_width) + "\" height=\"" + svg_number(height) +
                    "\" viewBox=\"0 0 " + size + "\" role=\"img\" aria-label=\"Roofline\">\n";
  svg += svg_style;
  svg += "<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n";
  for (std::size_t i = 0; i < drawn.size(); ++i)
    svg += RooflinePicture(*drawn[i], picture_height * static_cast<double>(i)).draw();
  return svg + "</svg>\n";
}

}  // namespace plimsoll::calibrate

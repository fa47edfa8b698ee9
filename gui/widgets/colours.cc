#include "widgets/colours.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>

namespace plimsoll::gui {
namespace {

using namespace std::string_view_literals;

// Okabe and Ito without black, which is the text's.
constexpr std::array<QRgb, 7> okabe_ito = {0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7,
                                           0x56b4e9, 0xd55e00, 0xf0e442};

// What stands in one chart together, the most frequent first: told apart by the first colours.
constexpr std::array memory_names = {"weights"sv,         "KV cache and state"sv,
                                     "compute buffers"sv, "engine overhead"sv,
                                     "page cache"sv,      "the engine's cache of experts"sv,
                                     "other programs"sv,  "buffers for experts being read"sv};
constexpr std::array resource_names = {"GPU memory bandwidth"sv,
                                       "launch gaps"sv,
                                       "GPU compute"sv,
                                       "calls between machines"sv,
                                       "host"sv,
                                       "CPU memory bandwidth"sv,
                                       "link latency"sv,
                                       "links"sv,
                                       "GPU commands"sv,
                                       "drive"sv,
                                       "main memory"sv,
                                       "operating system"sv,
                                       "CPU compute"sv,
                                       "host and device"sv};
constexpr std::array operator_names = {
    "routed experts"sv, "attention"sv,     "attention projections"sv,
    "output head"sv,    "dense FFN"sv,     "collective"sv,
    "router"sv,         "shared expert"sv, "linear attention"sv,
    "normalisation"sv,  "pointwise"sv,     "transfer"sv,
    "embedding"sv};

// Ranks of names: the known ones as in their chart, others in the order in which they are met.
class Ranks {
 public:
  std::size_t of(std::string_view name) {
    auto found = ranks_.find(name);
    if (found == ranks_.end()) found = ranks_.emplace(std::string(name), unknown_++).first;
    return found->second;
  }
  void know(std::span<const std::string_view> names) {
    for (std::size_t i = 0; i < names.size(); ++i) ranks_.emplace(std::string(names[i]), i);
  }

 private:
  std::map<std::string, std::size_t, std::less<>> ranks_;
  std::size_t unknown_ = 0;
};

std::size_t rank_of_family(std::string_view family) {
  static Ranks families = [] {
    Ranks ranks;
    ranks.know(memory_names);
    ranks.know(resource_names);
    ranks.know(operator_names);
    return ranks;
  }();
  return families.of(family);
}

std::size_t rank_in_family(std::string_view family, std::string_view name) {
  static std::map<std::string, Ranks, std::less<>> members;
  auto found = members.find(family);
  if (found == members.end()) found = members.emplace(std::string(family), Ranks()).first;
  return found->second.of(name);
}

// The first shade is the colour itself; then lighter and darker by turns, lighter ones nearer in
// the dark.
QColor shaded(const QColor& colour, std::size_t shade, bool dark) {
  constexpr std::array<float, 9> lightness = {0.0F,  0.14F,  -0.10F, 0.26F, -0.17F,
                                              0.36F, -0.05F, 0.20F,  0.08F};
  const float change = lightness[shade % lightness.size()] * (dark ? 0.8F : 1.0F);
  float hue = 0.0F, saturation = 0.0F, light = 0.0F;
  colour.getHslF(&hue, &saturation, &light);
  return QColor::fromHslF(hue, saturation, std::clamp(light + change, 0.12F, 0.88F));
}

}  // namespace

bool is_dark(const QPalette& palette) {
  return palette.color(QPalette::Window).lightness() < 128;
}

QColor series_colour(std::string_view name, const QPalette& palette) {
  const std::string_view family = name.substr(0, name.find(": "));
  const std::size_t rank = rank_of_family(family);
  const QColor colour = QColor::fromRgb(okabe_ito[rank % okabe_ito.size()]);
  // After seven families the same colours again, shifted as a member would be.
  std::size_t shade = rank / okabe_ito.size() * 2;
  if (family != name) shade += rank_in_family(family, name);
  return shaded(colour, shade, is_dark(palette));
}

QColor text_on(const QColor& background) {
  // Relative luminance (WCAG 2.1, without its gamma: good enough for black or white).
  const double luminance =
      0.2126 * background.redF() + 0.7152 * background.greenF() + 0.0722 * background.blueF();
  return luminance > 0.5 ? QColor(Qt::black) : QColor(Qt::white);
}

QColor tone_colour(Tone tone, const QPalette& palette) {
  const bool dark = is_dark(palette);
  switch (tone) {
    case Tone::good:
      return QColor::fromRgb(dark ? 0x5cc98f : 0x00704a);
    case Tone::caution:
      return QColor::fromRgb(dark ? 0xf0b429 : 0x8a5a00);
    case Tone::bad:
      return QColor::fromRgb(dark ? 0xff7b6b : 0xb3261e);
    case Tone::quiet:
      break;
  }
  return palette.color(QPalette::Disabled, QPalette::WindowText);
}

}  // namespace plimsoll::gui

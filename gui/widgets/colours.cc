#include "widgets/colours.h"

#include <array>
#include <map>
#include <string>

namespace plimsoll::gui {
namespace {

// Okabe and Ito without black, which is the text's.
constexpr std::array<QRgb, 7> okabe_ito = {0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7,
                                           0x56b4e9, 0xd55e00, 0xf0e442};

}  // namespace

bool is_dark(const QPalette& palette) {
  return palette.color(QPalette::Window).lightness() < 128;
}

QColor series_colour(std::string_view name, const QPalette& palette) {
  // In the order in which names are first met; after seven the same ones again, paler.
  static std::map<std::string, std::size_t, std::less<>> order;
  auto found = order.find(name);
  if (found == order.end()) found = order.emplace(std::string(name), order.size()).first;
  const QColor colour = QColor::fromRgb(okabe_ito[found->second % okabe_ito.size()]);
  const int rounds = static_cast<int>(found->second / okabe_ito.size());
  if (rounds == 0) return colour;
  return is_dark(palette) ? colour.darker(100 + 30 * rounds) : colour.lighter(100 + 25 * rounds);
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

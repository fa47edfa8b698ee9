#include "app/appearance.h"

#include <QApplication>
#include <QFont>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>
#include <algorithm>

#include "app/settings.h"

namespace plimsoll::gui {
namespace {

// As the system gave them to the program.
struct SystemLook {
  QString style;
  QFont font;
};

const SystemLook& system_look() {
  static const SystemLook look{QApplication::style()->name(), QApplication::font()};
  return look;
}

struct Colours {
  QRgb window, text, base, alternate, button, highlight, highlighted, link, faint, bright;
};

// Contrast of text on window and base at least 7:1 (WCAG 2.1, level AAA), of faint text 4.5:1.
constexpr Colours light_colours = {.window = 0xfff3f3f3,
                                   .text = 0xff1a1a1a,
                                   .base = 0xffffffff,
                                   .alternate = 0xffececec,
                                   .button = 0xffe6e6e6,
                                   .highlight = 0xff0b5cad,
                                   .highlighted = 0xffffffff,
                                   .link = 0xff0b5cad,
                                   .faint = 0xff666666,
                                   .bright = 0xffb00020};
constexpr Colours dark_colours = {.window = 0xff24272b,
                                  .text = 0xffeeeeee,
                                  .base = 0xff1a1c1f,
                                  .alternate = 0xff2c3036,
                                  .button = 0xff343940,
                                  .highlight = 0xff2f74c0,
                                  .highlighted = 0xffffffff,
                                  .link = 0xff8ab8f0,
                                  .faint = 0xffa0a0a0,
                                  .bright = 0xffff8a80};

QPalette palette_of(const Colours& colours) {
  QPalette palette(QColor::fromRgb(colours.button), QColor::fromRgb(colours.window));
  const auto set = [&](QRgb colour, std::initializer_list<QPalette::ColorRole> roles) {
    for (const QPalette::ColorRole role : roles) palette.setColor(role, QColor::fromRgb(colour));
  };
  set(colours.window, {QPalette::Window});
  set(colours.text,
      {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText});
  set(colours.base, {QPalette::Base});
  set(colours.alternate, {QPalette::AlternateBase, QPalette::ToolTipBase});
  set(colours.button, {QPalette::Button});
  set(colours.highlight, {QPalette::Highlight});
  set(colours.highlighted, {QPalette::HighlightedText});
  set(colours.link, {QPalette::Link, QPalette::LinkVisited});
  set(colours.faint, {QPalette::PlaceholderText});
  set(colours.bright, {QPalette::BrightText});
  for (const QPalette::ColorRole role :
       {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, QColor::fromRgb(colours.faint));
  return palette;
}

}  // namespace

Appearance Appearance::remembered() {
  const Settings settings;
  Appearance look;
  const QString scheme = settings.value(QStringLiteral("appearance")).toString();
  if (scheme == u"light") look.scheme = ColourScheme::light;
  if (scheme == u"dark") look.scheme = ColourScheme::dark;
  look.scale =
      std::clamp(settings.value(QStringLiteral("scale"), smallest).toInt(), smallest, largest);
  return look;
}

void Appearance::remember() const {
  Settings settings;
  settings.setValue(QStringLiteral("appearance"),
                    scheme == ColourScheme::light  ? QStringLiteral("light")
                    : scheme == ColourScheme::dark ? QStringLiteral("dark")
                                                   : QStringLiteral("system"));
  settings.setValue(QStringLiteral("scale"), scale);
}

void Appearance::apply() const {
  const SystemLook& look = system_look();
  const bool own = scheme != ColourScheme::system;
  QApplication::setStyle(own ? QStringLiteral("fusion") : look.style);
  if (own)
    QApplication::setPalette(
        palette_of(scheme == ColourScheme::dark ? dark_colours : light_colours));
  else
    QApplication::setPalette(QPalette());
  QFont font = look.font;
  if (font.pointSizeF() > 0)
    font.setPointSizeF(font.pointSizeF() * scale / smallest);
  else
    font.setPixelSize(font.pixelSize() * scale / smallest);
  QApplication::setFont(font);
}

}  // namespace plimsoll::gui

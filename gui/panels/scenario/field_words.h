// What the form calls its fields and groups, and what a tooltip says of them.
#pragma once

#include <QString>
#include <string_view>

#include "presenters/scenario_form.h"

namespace plimsoll::gui {

QString field_label(std::string_view name);
QString group_title(FieldGroup group);
QString unit_word(std::string_view unit);

// A value of a field as the screen shows it: figures in the user's locale.
QString value_words(const FieldState& state, const std::string& value);

// What it means, its bounds, its default and why, its source, and what files call it.
QString field_help(const FieldState& state);

}  // namespace plimsoll::gui

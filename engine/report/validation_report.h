// Predictions held against published points: tables of groups, the worst points and what is not
// predicted as text, every point as JSON and CSV, tables for a README as Markdown, speeds as a
// picture.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/layout.h"
#include "validate/validation.h"

namespace plimsoll {

// What lines of the table of speeds are about, beside the metric.
enum class GroupBy { engine, group, device, cell };

struct ValidationView {
  GroupBy by = GroupBy::engine;
  int worst = 12;  // lines of the table and of points, at most; the largest errors first
};

std::string validation_text(const std::vector<std::string>& files, const Validation& validation,
                            const ValidationView& view, const TextStyle& style);
std::string validation_json(const std::vector<std::string>& files, const Validation& validation);
// One line for each point.
std::string validation_csv(const Validation& validation);
// Speeds by cell and by engine.
std::string validation_markdown(const Validation& validation);
// Speeds with a prediction, predicted against measured, as SVG that follows the light or dark
// scheme of its reader.
std::string validation_plot(const Validation& validation);

}  // namespace plimsoll

#include "report/lint_report.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "report/json_writer.h"

namespace plimsoll {

namespace {

std::string counted(std::size_t count, const char* what) {
  if (count == 0) return std::string("no ") + what + "s";
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

using Group = std::pair<std::string, std::string>;  // file, code

Group group_of(const Diagnostic& problem) {
  return {problem.place.file, problem.code};
}

// Of one code in one file share a line.
class Lines {
 public:
  explicit Lines(const std::vector<Diagnostic>& problems) {
    for (const Diagnostic& problem : problems) ++left_[group_of(problem)];
  }

  // Empty where the line was printed before.
  std::string line(const Diagnostic& problem, std::string_view severity) {
    const std::size_t count = std::exchange(left_[group_of(problem)], 0);
    if (count == 0) return {};
    std::string text = with_severity(problem, severity);
    if (count > 1) text += " and " + std::to_string(count - 1) + " more in this file";
    return text + "\n";
  }

 private:
  static std::string with_severity(const Diagnostic& problem, std::string_view severity) {
    constexpr std::string_view warning = ": warning: ";
    std::string text = to_text(problem);
    const std::size_t at = text.find(warning);
    if (at == std::string::npos) return text;
    return text.replace(at, warning.size(), ": " + std::string(severity) + ": ");
  }

  std::map<Group, std::size_t> left_;
};

std::vector<Diagnostic> warnings_of(const LintResult& result) {
  std::vector<Diagnostic> warnings;
  for (const Diagnostic& problem : result.problems)
    if (problem.severity == Severity::warning) warnings.push_back(problem);
  return warnings;
}

std::string notes_text(const LintResult& result) {
  std::string text;
  Lines lines(result.notes);
  for (const Diagnostic& note : result.notes) text += lines.line(note, "note");
  return text;
}

void write_problem(JsonWriter& json, const Diagnostic& problem, std::string_view severity) {
  json.open_object();
  json.member("severity", severity);
  json.member("code", std::string_view(problem.code));
  json.member("file", std::string_view(problem.place.file));
  json.member("line", problem.place.line);
  json.member("column", problem.place.column);
  json.member("message", std::string_view(problem.message));
  json.member("expected", std::string_view(problem.expected));
  json.member("suggestion", std::string_view(problem.suggestion));
  json.close();
}

}  // namespace

std::string lint_text(const LintResult& result, LintNotes notes) {
  std::string text;
  Lines warnings(warnings_of(result));
  for (const Diagnostic& problem : result.problems)
    text += problem.severity == Severity::error ? to_text(problem) + "\n"
                                                : warnings.line(problem, "warning");
  if (notes == LintNotes::printed) text += notes_text(result);
  text += counted(result.files, "file") + ": " + counted(result.count(Severity::error), "error") +
          ", " + counted(result.count(Severity::warning), "warning");
  if (result.notes.empty()) return text + ".\n";
  return text + "; " + counted(result.notes.size(), "note") +
         (notes == LintNotes::counted ? " (--all prints them).\n" : ".\n");
}

std::string lint_json(const LintResult& result, LintNotes notes) {
  JsonWriter json;
  json.open_object();
  json.member("files", static_cast<std::int64_t>(result.files));
  json.member("errors", static_cast<std::int64_t>(result.count(Severity::error)));
  json.member("warnings", static_cast<std::int64_t>(result.count(Severity::warning)));
  json.member("notes", static_cast<std::int64_t>(result.notes.size()));
  json.key("problems");
  json.open_array();
  for (const Diagnostic& problem : result.problems)
    write_problem(json, problem, problem.severity == Severity::error ? "error" : "warning");
  if (notes == LintNotes::printed)
    for (const Diagnostic& note : result.notes) write_problem(json, note, "note");
  json.close();
  json.close();
  return json.take();
}

}  // namespace plimsoll

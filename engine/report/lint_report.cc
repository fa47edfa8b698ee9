#include "report/lint_report.h"

#include <cstdint>
#include <map>
#include <utility>

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

std::map<Group, std::size_t> count_warnings(const LintResult& result) {
  std::map<Group, std::size_t> counts;
  for (const Diagnostic& problem : result.problems)
    if (problem.severity == Severity::warning) ++counts[group_of(problem)];
  return counts;
}

}  // namespace

std::string lint_text(const LintResult& result) {
  std::string text;
  std::map<Group, std::size_t> left = count_warnings(result);
  for (const Diagnostic& problem : result.problems) {
    if (problem.severity == Severity::error) {
      text += to_text(problem) + "\n";
    } else if (const std::size_t count = std::exchange(left[group_of(problem)], 0); count > 0) {
      text += to_text(problem);
      if (count > 1) text += " and " + std::to_string(count - 1) + " more in this file";
      text += "\n";
    }
  }
  return text + counted(result.files, "file") + ": " +
         counted(result.count(Severity::error), "error") + ", " +
         counted(result.count(Severity::warning), "warning") + ".\n";
}

std::string lint_json(const LintResult& result) {
  JsonWriter json;
  json.open_object();
  json.member("files", static_cast<std::int64_t>(result.files));
  json.member("errors", static_cast<std::int64_t>(result.count(Severity::error)));
  json.member("warnings", static_cast<std::int64_t>(result.count(Severity::warning)));
  json.list("problems", result.problems, [](JsonWriter& item, const Diagnostic& problem) {
    item.open_object();
    item.member("severity", problem.severity == Severity::error ? "error" : "warning");
    item.member("code", std::string_view(problem.code));
    item.member("file", std::string_view(problem.place.file));
    item.member("line", problem.place.line);
    item.member("column", problem.place.column);
    item.member("message", std::string_view(problem.message));
    item.member("expected", std::string_view(problem.expected));
    item.member("suggestion", std::string_view(problem.suggestion));
    item.close();
  });
  json.close();
  return json.take();
}

}  // namespace plimsoll

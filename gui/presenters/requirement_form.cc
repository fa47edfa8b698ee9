#include "presenters/requirement_form.h"

#include <sstream>
#include <utility>

#include "base/quantity_text.h"
#include "scenario/yaml_writer.h"

namespace plimsoll::gui {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.find_first_not_of(' ') != std::string::npos) lines.push_back(line);
  return lines;
}

std::string engine_of(const Requirement& requirement) {
  return *requirement.engine.value +
         (requirement.backend.has() ? ":" + *requirement.backend.value : std::string());
}

}  // namespace

RequirementForm form_of(const Requirement& r) {
  RequirementForm form;
  const auto text = [&form](const char* key, const Given<std::string>& given) {
    if (given.has()) form[key] = *given.value;
  };
  const auto whole = [&form](const char* key, const auto& given) {
    if (given.has()) form[key] = std::to_string(*given.value);
  };
  // In the base unit, which the form says beside the field.
  const auto quantity = [&form](const char* key, const auto& given) {
    if (given.has()) form[key] = exact_number(given.value->base());
  };
  text("model", r.model);
  text("quantization", r.quantization);
  if (r.engine.has()) form["engine"] = engine_of(r);
  text("systems", r.systems);
  if (r.at_least.has()) form["at_least"] = exact_number(*r.at_least.value);
  quantity("ttft", r.ttft);
  whole("context", r.context);
  whole("prompt", r.prompt);
  whole("generate", r.generate);
  whole("users", r.users);
  whole("replicas_to_spare", r.spare);
  quantity("budget", r.budget);
  quantity("power", r.power);
  std::string own;
  for (const OwnedMachines& machines : r.own)
    own += (machines.count == 1 ? std::string() : std::to_string(machines.count) + "x ") +
           machines.system + "\n";
  if (!own.empty()) form["own"] = own;
  form["pay"] = r.acquisition == Acquisition::rent ? "rent" : "buy";
  return form;
}

CheckedForm check(const RequirementForm& form) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const auto& [key, text] : form) {
    if (text.find_first_not_of(" \n") == std::string::npos) continue;
    if (key != "own")
      options.emplace_back(key, text);
    else
      for (const std::string& line : lines_of(text)) options.emplace_back(key, line);
  }
  CheckedForm checked;
  try {
    checked.requirement = requirement_from_options(options);
  } catch (const InputError& refused) {
    for (const Diagnostic& problem : refused.diagnostics().sorted())
      checked.problems.emplace(key_of(problem), message_of(problem));
  }
  return checked;
}

std::string key_of(const Diagnostic& problem) {
  const std::string& file = problem.place.file;
  return file.starts_with("--") ? file.substr(2) : std::string();
}

std::string message_of(const Diagnostic& problem) {
  std::string text = problem.message;
  if (!problem.expected.empty()) text += "; expected " + problem.expected;
  if (!problem.suggestion.empty()) text += "; did you mean '" + problem.suggestion + "'?";
  return text;
}

}  // namespace plimsoll::gui

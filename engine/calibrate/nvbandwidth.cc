#include "calibrate/tool_results.h"
#include "config/node_fields.h"

namespace plimsoll::calibrate {
namespace {

// "host_to_device_memcpy_ce" -> "host_to_device": the family; how it is copied is the variant.
std::string family_of_test(const std::string& name) {
  for (const char* family : {"host_to_device", "device_to_host", "device_to_device", "device_local",
                             "all_to_host", "host_to_all", "one_to_all", "all_to_one"})
    if (name.starts_with(family)) return family;
  return name;
}

// "0: NVIDIA H200 (00000000:18:00.0)" -> "NVIDIA H200"; in some versions without number and
// address.
std::string gpu_name(const std::string& text) {
  const std::size_t colon = text.find(": ");
  std::string name = colon < 4 ? text.substr(colon + 2) : text;
  if (const std::size_t bracket = name.find(" ("); bracket != std::string::npos)
    name.resize(bracket);
  return name;
}

// Rates alone, of one size of buffers that the file does not name: a second's worth.
void add_cell(const std::string& name, const std::string& ends, bool latency, double value,
              std::vector<PointResult>& points) {
  KernelCase of{.family = family_of_test(name), .variant = name + ends};
  if (latency) {
    of.work.items = 1.0;
    points.push_back(told_point(std::move(of), value * 1e-9, 0.0, 1));
  } else {
    of.work.bytes = value * 1e9;
    points.push_back(told_point(std::move(of), 1.0, 0.0, 1));
  }
}

void add_test(const Node& test, std::vector<PointResult>& points) {
  const std::string name = text_of(test, "name");
  const bool latency = text_of(test, "bandwidth_description").find("(ns)") != std::string::npos;
  const Node* matrix = test.find("bandwidth_matrix");
  if (!matrix) return;
  for (std::size_t row = 0; row < matrix->items().size(); ++row) {
    const auto& cells = matrix->items()[row].items();
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const auto value = parse_number(cells[column].text());  // "N/A" from a GPU to itself
      const std::string ends = ", " + std::to_string(row) + " to " + std::to_string(column);
      if (value && *value > 0.0) add_cell(name, ends, latency, *value, points);
    }
  }
}

}  // namespace

std::optional<ToolResults> read_nvbandwidth(const std::vector<Node>& values,
                                            Diagnostics& diagnostics) {
  const Node* file = values.empty() ? nullptr : values.front().find("nvbandwidth");
  if (!file) return std::nullopt;
  ToolResults results{.program = "nvbandwidth " + text_of(*file, "git_version")};
  if (const Node* gpus = file->find("GPU Device list"))
    for (const Node& gpu : gpus->items()) results.gpus.push_back(gpu_name(gpu.text()));
  if (const std::string error = text_of(*file, "error"); !error.empty())
    diagnostics.error("malformed", file->place(), "the test failed: " + error);
  const Node* tests = file->find("testcases");
  if (!tests) {
    diagnostics.error("malformed", file->place(), "no tests", "key 'testcases'");
    return results;
  }
  auto& backend = results.backend("cuda", results.gpus.empty() ? "" : results.gpus.front());
  backend.version = results.program + ", driver " + text_of(*file, "Driver Version");
  for (const Node& test : tests->items())
    if (text_of(test, "status") == "Passed") add_test(test, backend.points);
  return results;
}

}  // namespace plimsoll::calibrate

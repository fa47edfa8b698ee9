#include "calibrate/machine_identity.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"
#include "base/text.h"
#include "detect/match.h"

namespace plimsoll::calibrate {
namespace {

constexpr double memory_tolerance = 0.05;
constexpr std::size_t longest_slug = 100;

bool same_or_untold(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

bool alike_in_memory(Bytes a, Bytes b) {
  if (a.base() <= 0.0 || b.base() <= 0.0) return true;
  return std::fabs(a / b - 1.0) <= memory_tolerance;
}

// Equal ones as "2x NAME".
std::vector<std::string> counted_gpus(const std::vector<std::string>& gpus) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < gpus.size();) {
    std::size_t end = i;
    while (end < gpus.size() && gpus[end] == gpus[i]) ++end;
    const std::size_t count = end - i;
    texts.push_back(count > 1 ? std::to_string(count) + "x " + gpus[i] : gpus[i]);
    i = end;
  }
  return texts;
}

}  // namespace

MachineIdentity identity_of(const MachineFacts& facts) {
  MachineIdentity machine{.product = facts.product,
                          .cpu = plain_cpu_name(facts.cpu.name),
                          .cores = facts.cpu.cores,
                          .threads = facts.cpu.threads,
                          .memory = facts.memory.visible.value_or(Bytes())};
  for (const GpuFacts& gpu : facts.gpus)
    if (!gpu.names.empty()) machine.gpus.push_back(gpu.names.front());
  std::sort(machine.gpus.begin(), machine.gpus.end());
  return machine;
}

bool same_machine(const MachineIdentity& a, const MachineIdentity& b) {
  const bool same_cores = a.cores == 0 || b.cores == 0 || a.cores == b.cores;
  return same_or_untold(a.product, b.product) && same_or_untold(a.cpu, b.cpu) && same_cores &&
         a.gpus == b.gpus && alike_in_memory(a.memory, b.memory);
}

std::string identity_text(const MachineIdentity& machine) {
  std::vector<std::string> parts;
  if (!machine.product.empty() && machine.cpu.empty()) parts.push_back(machine.product);
  if (!machine.cpu.empty()) parts.push_back(machine.cpu);
  if (machine.cores > 0)
    parts.push_back(std::to_string(machine.cores) + (machine.cores == 1 ? " core" : " cores"));
  for (std::string& gpu : counted_gpus(machine.gpus)) parts.push_back(std::move(gpu));
  return parts.empty() ? "a machine that tells nothing of itself" : joined(parts);
}

std::string identity_slug(const MachineIdentity& machine) {
  const std::string text = identity_text(machine);
  std::string slug;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    if ((lower >= 'a' && lower <= 'z') || is_digit(lower))
      slug += lower;
    else if (!slug.empty() && slug.back() != '-')
      slug += '-';
    if (slug.size() == longest_slug) break;
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

}  // namespace plimsoll::calibrate

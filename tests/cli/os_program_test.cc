// The operating system as a property of a machine: what it reserves, what limits the GPU and how
// that is raised, what happens when a card is full, which engines run.

#include <nlohmann/json.hpp>
#include <string>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;

ProgramResult report(const std::string& model, const std::string& quantization,
                     const std::string& system, const std::vector<std::string>& more) {
  std::vector<std::string> words = {"report",   "--model", model,      "--quant", quantization,
                                    "--system", system,    "--format", "json",    "--no-changes"};
  words.insert(words.end(), more.begin(), more.end());
  return run_program(words, utf8);
}

json report_of(const std::string& model, const std::string& quantization, const std::string& system,
               const std::vector<std::string>& more = {}) {
  const ProgramResult result = report(model, quantization, system, more);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  return json::parse(result.output);
}

std::string notes_of(const json& report) {
  std::string text;
  for (const json& note : report["notes"]) text += note["text"].get<std::string>() + "\n";
  return text;
}

const std::vector<std::string> raised = {"--set", "system.raise_gpu_limit=true"};

}  // namespace

TEST_CASE("macOS: the limit is named, with the command that raises it", "[cli][os]") {
  const std::string mac = "macbook-pro-16-m3-max-48gb";
  const json pool = report_of("llama-3.3-70b", "q4_k_m", mac)["memory"][0];
  CHECK_THAT(pool["limit"].get<std::string>(), Catch::StartsWith("macOS limit on GPU memory"));
  // 48 GiB less the 4 that macOS keeps
  CHECK(pool["raise_command"] == "sudo sysctl iogpu.wired_limit_mb=45056");
  const json after = report_of("llama-3.3-70b", "q4_k_m", mac, raised)["memory"][0];
  CHECK(after["usable_bytes"] == 44.0 * gibibyte);
  CHECK(after["raise_command"] == "");
}

TEST_CASE("Linux on an APU: kernel parameters, or what the firmware carved out", "[cli][os]") {
  const json pool = report_of("qwen3-235b-a22b", "q3_k_m", "framework-desktop-128gb")["memory"][0];
  CHECK_THAT(pool["limit"].get<std::string>(), Catch::StartsWith("Linux limit on GPU memory"));
  // (128 - 2) GiB in MiB, and in pages of 4 KiB
  CHECK(pool["raise_command"] ==
        "kernel command line: amdgpu.gttsize=129024 ttm.pages_limit=33030144, then restart");
  const json carved =
      report_of("qwen3-235b-a22b", "q3_k_m", "framework-desktop-128gb-bios-96")["memory"][0];
  CHECK_THAT(carved["limit"].get<std::string>(), Catch::StartsWith("limit of this machine"));
  CHECK(carved["raise_command"] == "");
}

TEST_CASE("iOS: the limit of an app, and the entitlement", "[cli][os]") {
  const json pool = report_of("llama-3.1-8b", "q8_0", "iphone-17-pro")["memory"][0];
  CHECK_THAT(pool["limit"].get<std::string>(), Catch::StartsWith("iOS limit on GPU memory"));
  CHECK_THAT(pool["raise_command"].get<std::string>(),
             Contains("com.apple.developer.kernel.increased-memory-limit"));
  const json after = report_of("llama-3.1-8b", "q8_0", "iphone-17-pro", raised)["memory"][0];
  CHECK(after["raise_command"] == "");
}

TEST_CASE("Windows: a full card goes on in main memory", "[cli][os]") {
  const std::vector<std::string> windows = {"--os", "windows"};
  const std::string note = notes_of(report_of("llama-3.3-70b", "q4_k_m", "rtx-4090-pc", windows));
  // Half of 64 GiB; 25 GB/s and more over the slot for some 17 GiB
  CHECK_THAT(note, Contains("Windows does not fail") && Contains("at most 32 GiB") &&
                       Contains("over PCIe 4.0 x16 at ") && Contains(": at most 1.") &&
                       Contains("Sysmem Fallback Policy") && !Contains("[NVSF]"));
  CHECK_THAT(notes_of(report_of("gemma-2b", "q8_0", "rtx-4090-pc", windows)), !Contains("Windows"));
  CHECK_THAT(notes_of(report_of("llama-3.3-70b", "q4_k_m", "rtx-4090-pc")), !Contains("shared"));
}

TEST_CASE("Android keeps memory, and says from where that is known", "[cli][os]") {
  const json pool = report_of("llama-3.1-8b", "q4_k_m", "oneplus-15r-12gb")["memory"][0];
  CHECK(pool["usable_bytes"] == 8.0 * gibibyte);  // 12 less 4
}

TEST_CASE("an engine that an operating system lacks is refused with those it has", "[cli][os]") {
  const ProgramResult mac =
      report("qwen3-8b", "bf16", "macbook-pro-16-m3-max-48gb", {"--engine", "vllm"});
  CHECK(mac.status == 2);
  CHECK_THAT(mac.errors, Contains("vLLM does not run on macOS") && Contains("expected ") &&
                             Contains("llama.cpp") && Contains("[unsupported-os]"));
  const ProgramResult windows =
      report("qwen3-8b", "bf16", "rtx-4090-pc", {"--engine", "vllm", "--os", "windows"});
  CHECK_THAT(windows.errors, Contains("vLLM does not run on Windows") && Contains("llama.cpp"));
  CHECK(report("qwen3-8b", "bf16", "rtx-4090-pc", {"--engine", "vllm"}).status == 0);
  const ProgramResult backend =
      report("gemma-2b", "q8_0", "rtx-4090-pc", {"--engine", "llama.cpp:cuda", "--os", "macos"});
  CHECK(backend.status == 2);
  CHECK_THAT(backend.errors, Contains("[unsupported-backend]"));
  const ProgramResult typo = report("gemma-2b", "q8_0", "rtx-4090-pc", {"--os", "windoze"});
  CHECK(typo.status == 2);
  CHECK_THAT(typo.errors, Contains("[unknown-os]") && Contains("did you mean 'windows'?"));
}

TEST_CASE("show tells what an operating system does with files and memory", "[cli][os]") {
  const std::string text = run_program({"show", "os", "windows"}, utf8).output;
  CHECK_THAT(text, Contains("gpu spill turn off") && Contains("drivers cuda") &&
                       Contains("page cache policy") && Contains("raise limit"));
}

// Names as other people's files spell them, and whether the catalogue knows them: what `plimsoll
// list --unresolved` answers.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"

namespace plimsoll {

// A device, what tells it from others of its name, and its memory; the last two may be missing.
struct MachineName {
  std::string device;
  std::string variant;
  std::optional<double> memory_gb;  // GiB under its market name
  friend bool operator==(const MachineName&, const MachineName&) = default;
};

// What the catalogue may call it, the most specific spelling first; the variant is in each of them.
std::vector<std::string> spellings(const MachineName& machine);

enum class StatedKind { backend, device, engine, hardware, kv_format, link, model, quantization };
std::string_view word(StatedKind kind);

struct StatedName {
  StatedKind kind = StatedKind::device;
  std::string text;                      // "NVIDIA A100 80GB | 330 W power limit | 80"
  MachineName machine;                   // of devices
  std::vector<MachineName> joined = {};  // of links in measurements: the devices at their ends
  SourcePlace place;
};

// The names of a file, each once, in its order. A Markdown file lists them as `- name` below the
// headings backend, device, engine, kv_type, link, model, quant and, for machines and engines that
// stream experts, streaming engine, hardware, model, quant; devices as `- device | variant | memory
// GB`. Lists below parallelism and placement are words and not names of entries. Any other file is
// read as measurements (measurement.h). Codes: unreadable, unknown-section, bad-value, and those of
// read_measurements.
std::vector<StatedName> read_stated_names(const std::filesystem::path& file,
                                          Diagnostics& diagnostics);

struct NameAnswer {
  std::string entry;  // id of the one entry that goes by it; empty: none does, or several do
  std::string hint;   // then: what it may mean; may be empty
  // Where a product comes in variants and what is stated holds for several of them: these, the
  // largest first. Whoever predicts takes that one and says so.
  std::vector<std::string> among = {};

  bool known() const { return !entry.empty() || !among.empty(); }
};

// A device is known when an entry goes by its name and variant and has the stated memory. A product
// that comes in several variants ("Apple M1 Max", with 24 or 32 GPU cores) means the largest of
// those that have the stated memory, provided they share generation and bandwidth; else it is one
// among them. An engine may also be named together with its backend ("llama.cpp CUDA"). A kind of
// link
// ("NVLink") means the one that the devices it joins have.
NameAnswer resolve(const StatedName& name, Catalog& catalog);
NameAnswer resolve_machine(const MachineName& machine, Catalog& catalog);

}  // namespace plimsoll

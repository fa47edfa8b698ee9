// This machine as entries of the catalogue: what it is built of is matched to devices, drives and
// links that hwdb knows; the rest becomes entries of its own, whose figures say how they were come
// by. doc/detect.md.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "detect/facts.h"
#include "detect/gpu_driver.h"

namespace plimsoll {

// What copies of large blocks on all cores reached, read and written bytes counted, over rounds.
struct CopyRate {
  BytesPerSecond median;
  BytesPerSecond low;
  BytesPerSecond high;
};
// About a tenth of a second.
std::optional<CopyRate> measure_copy_rate(int threads);

struct DetectOptions {
  std::filesystem::path root = "/";
  DriverOpener open_driver = open_library;
  // Asked where neither hwdb nor the firmware knows the memory's bandwidth.
  std::function<std::optional<CopyRate>(int threads)> measure = measure_copy_rate;
};

MachineFacts read_machine(const DetectOptions& options);

// What a part of the machine is in the catalogue.
struct DetectedPart {
  std::string what;  // "CPU", "GPU", "drive", "network"
  std::string name;  // as the machine tells it
  int count = 1;
  std::string entry;  // id; empty: none, and it is left out
  bool own = false;   // an entry made here
  std::string why;    // it is that entry, or none
};

// An entry made here, in the form of a file of hwdb.
struct DetectedEntry {
  EntryKind kind = EntryKind::device;
  std::string id;
  std::string yaml;
};

struct DetectedMachine {
  MachineFacts facts;
  std::vector<DetectedPart> parts;
  std::vector<std::string> notes;       // on figures that are no more than likely
  std::vector<DetectedEntry> devices;   // of their own
  std::optional<DetectedEntry> system;  // nothing where memory or processors cannot be seen
};

// `id`: of the system; own devices are called ID-cpu, ID-gpu and so on. `refer` writes a reference
// to one of those; by default its id.
struct EntryNaming {
  std::string id = "here";
  std::function<std::string(const std::string& device_id)> refer = {};
};
DetectedMachine detect(const EntryNaming& naming, const DetectOptions& options, Catalog& catalog);

}  // namespace plimsoll

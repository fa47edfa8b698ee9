// One function per kind of entry: takes the keys of its map, after kind, id, name and names were
// taken.
//
// Each reports what a single file can show to be wrong and notes what the file refers to; whether
// those entries exist is for whoever resolves them. Codes: those of figure_reader.h and config, and
// "inconsistent" where two keys contradict each other.
#pragma once

#include "catalog/cluster_spec.h"
#include "catalog/device_spec.h"
#include "catalog/engine_spec.h"
#include "catalog/link_spec.h"
#include "catalog/model_spec.h"
#include "catalog/quantization_spec.h"
#include "catalog/reference.h"
#include "catalog/system_spec.h"
#include "config/map_reader.h"

namespace plimsoll {

void read_entry(MapReader& reader, DeviceSpec& device, References& references);
void read_entry(MapReader& reader, SystemSpec& system, References& references);
void read_entry(MapReader& reader, ClusterSpec& cluster, References& references);
void read_entry(MapReader& reader, StorageSpec& storage, References& references);
void read_entry(MapReader& reader, LinkSpec& link, References& references);
void read_entry(MapReader& reader, OsSpec& os, References& references);
void read_entry(MapReader& reader, EngineSpec& engine, References& references);
void read_entry(MapReader& reader, QuantizationSpec& quantization, References& references);
void read_entry(MapReader& reader, ModelSpec& model, References& references);

}  // namespace plimsoll

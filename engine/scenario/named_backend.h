// "cuda" of "llama.cpp:cuda".
#pragma once

#include <string>

#include "catalog/engine_spec.h"

namespace plimsoll {

// The engine's backend of that id or name, compared folded; null where it has none.
const BackendSpec* named_backend(const EngineSpec& engine, const std::string& name);

}  // namespace plimsoll

// What a family of models has that its files need not say, by the word that llama.cpp and the
// catalogue have for it ("qwen3moe").
//
// From the tensors llama.cpp creates for each (src/models/*.cpp) and the defaults of the
// configuration classes of transformers; files that list their tensors are believed over it.
#pragma once

#include <span>
#include <string_view>

#include "catalog/model_spec.h"

namespace plimsoll {

struct Family {
  std::string_view name;
  bool tied_embeddings = false;
  bool qkv_bias = false;
  bool output_bias = false;
  bool sinks = false;
  bool output_gate = false;
  QkNorm qk_norm = QkNorm::none;
  int norms_per_layer = 2;
  bool layer_norm_bias = false;  // and learned positions, and an FFN of two matrices
  bool fused_projections = false;
  bool full_size_cache = false;
  bool expert_bias = false;
  bool router_correction_bias = false;
  bool shared_gate = false;
  // Layers see a window where the file names one. Every `full_every`-th sees everything; 0: none.
  bool windowed = false;
  int full_every = 0;
  bool full_first = false;  // the first of so many, and not the last
  int window = 0;           // where the file names none; 0: then there is none
};

// Null for a word nobody knows.
const Family* find_family(std::string_view architecture);
// By the `model_type` of a Hugging Face configuration ("qwen3_moe").
const Family* family_of_model_type(std::string_view model_type);

std::span<const Family> families();

}  // namespace plimsoll

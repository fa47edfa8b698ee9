#include "calibrate/gpu/shared_library.h"

#include <dlfcn.h>

namespace plimsoll::calibrate {

SharedLibrary::SharedLibrary(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!handle_) continue;
    name_ = name;
    return;
  }
}

void* SharedLibrary::look(const char* symbol) const {
  return handle_ ? dlsym(handle_, symbol) : nullptr;
}

void* SharedLibrary::find(const char* symbol) {
  void* found = look(symbol);
  if (!found && missing_.empty()) missing_ = symbol;
  return found;
}

}  // namespace plimsoll::calibrate

# Warnings are errors for our own targets; third-party headers come in as SYSTEM.
add_library(plimsoll_options INTERFACE)
add_library(plimsoll::options ALIAS plimsoll_options)
target_compile_features(plimsoll_options INTERFACE cxx_std_20)
target_compile_options(
  plimsoll_options
  INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
            # Designated initialisers leave the rest at its default on purpose.
            -Wno-missing-field-initializers
            # Same input, same bytes out: the compiler must not fuse multiply and add.
            -ffp-contract=off)

# These two judge a file by itself, and see in several files compiled as one what is not there; the release build, file
# by file, has them.
add_library(plimsoll_unity_options INTERFACE)
target_compile_options(plimsoll_unity_options INTERFACE -Wno-shadow -Wno-subobject-linkage)
if(CMAKE_UNITY_BUILD)
  target_link_libraries(plimsoll_options INTERFACE plimsoll_unity_options)
endif()

# plimsoll_room(NAME SOURCES ... DEPENDS room... LIBRARIES lib...)
#
# One library per room of the engine. A room's headers are reachable as "NAME/header.h" through an include
# directory that only this target exports, so an include against the arrows of doc/rooms.md does not compile.
function(plimsoll_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  set(include_root "${PROJECT_BINARY_DIR}/rooms/${name}")
  file(MAKE_DIRECTORY "${include_root}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}/${name}" "${include_root}/${name}" SYMBOLIC)
  list(TRANSFORM ROOM_SOURCES PREPEND "${name}/")
  add_library(plimsoll_${name} STATIC ${ROOM_SOURCES})
  add_library(plimsoll::${name} ALIAS plimsoll_${name})
  target_include_directories(plimsoll_${name} PUBLIC "${include_root}")
  list(TRANSFORM ROOM_DEPENDS PREPEND "plimsoll::")
  target_link_libraries(
    plimsoll_${name}
    PUBLIC ${ROOM_DEPENDS}
    PRIVATE plimsoll::options ${ROOM_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY PLIMSOLL_ROOMS ${name})
endfunction()

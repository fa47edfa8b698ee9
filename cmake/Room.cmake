# plimsoll_room(NAME [FOLDER folder] SOURCES ... DEPENDS room... LIBRARIES lib...)
#
# One library per room of the engine. A room's headers are reachable as "NAME/header.h" through an include
# directory that only this target exports, so an include against the arrows of doc/rooms.md does not compile.
# FOLDER: the folder of the sources and the head of its includes where it is not NAME; rooms may share one.
function(plimsoll_room name)
  cmake_parse_arguments(ROOM "" "FOLDER" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  if(NOT ROOM_FOLDER)
    set(ROOM_FOLDER ${name})
  endif()
  set(include_root "${PROJECT_BINARY_DIR}/rooms/${name}")
  file(MAKE_DIRECTORY "${include_root}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}/${ROOM_FOLDER}" "${include_root}/${ROOM_FOLDER}" SYMBOLIC)
  list(TRANSFORM ROOM_SOURCES PREPEND "${ROOM_FOLDER}/")
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

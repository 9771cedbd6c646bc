#pragma once
#include <spng.h>
#include <turbojpeg.h>

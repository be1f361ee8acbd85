mod behaviour;
mod curve;
mod segments;

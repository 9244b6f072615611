"""Jobs for each test: their store on a real database, and devices as another service would tell of them."""

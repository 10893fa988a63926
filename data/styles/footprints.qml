<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Mapflow: footprints of images and mosaics, areas of interest -->
<qgis version="3.16.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="{footprints}">
      <rule key="{footprints-0}" symbol="0" label="Footprint"/>
    </rules>
    <symbols>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="0,0,0,0"/>
        <prop k="style" v="no"/>
        <prop k="outline_color" v="40,110,200,255"/>
        <prop k="outline_style" v="dash"/>
        <prop k="outline_width" v="0.5"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerOpacity>1</layerOpacity>
  <layerGeometryType>2</layerGeometryType>
</qgis>
